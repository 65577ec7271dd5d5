import Audiences
import HTTPSupport
import JSONText
import Kernel

/// How long it takes to refuse what is no predicate, from its text to the problem.
enum Refusals {
    private static let runs = 1_000
    private static let leaf = #"{"spend":{"gte":1}}"#

    static func report() {
        print("\n\(padded("what is refused", 44))\(padded("bytes", 10))median ms   p99 ms (goal: under 1)")
        for (name, text) in cases {
            let bytes = Array(text.utf8)
            var (times, isRefused) = ([Double](), true)
            for _ in 0..<runs {
                let started = ContinuousClock.now
                isRefused = refuses(bytes) && isRefused
                times.append(Times.millis(since: started))
            }
            let all = Times(times)
            precondition(isRefused, "\(name) is refused")
            print(
                "\(padded(name, 44))\(padded("\(bytes.count)", 10))\(padded(digits(all.median), 12))\(digits(all.percentile(0.99)))"
            )
        }
    }

    private static func refuses(_ text: [UInt8]) -> Bool {
        do {
            let json = try JSONReader.parse(text)
            _ = try Fields.read(.object(["predicate": json])) { Predicate($0, "predicate") }
            return false
        } catch { return true }
    }

    private static var cases: [(name: String, text: String)] {
        let many = Array(repeating: leaf, count: 64).joined(separator: ",")
        let ids = { (count: Int) in (0..<count).map { "\"product-\($0)\"" }.joined(separator: ",") }
        let demanded = (0..<31).map { #"{"bought":{"products":[\#(ids(60))],"within_days":90,"min_receipts":\#($0 + 2)}}"# }
        let refused = (0..<32).map { #"{"not":{"bought":{"products":[\#(ids(59)),"x\#($0)"],"within_days":90}}}"# }
        let clash = #"{"spend":{"lt":5}},{"spend":{"gte":5}}"#
        return [
            ("malformed: cut off in its 64th leaf", #"{"all":["# + many.dropLast(9)),
            ("malformed: an unknown criterion among 64", #"{"all":[\#(many.dropLast(leaf.utf8.count)){"colour":{"is":1}}]}"#),
            ("huge: 640 leaves", #"{"all":[\#((0..<10).map { _ in #"{"any":[\#(many)]}"# }.joined(separator: ","))]}"#),
            ("huge: a list of 4 000 ids", #"{"bought":{"products":[\#(ids(4_000))],"within_days":90}}"#),
            ("deep: nine nested", String(repeating: #"{"not":"#, count: 8) + leaf + String(repeating: "}", count: 8)),
            ("deep: 500 nested", String(repeating: #"{"not":"#, count: 500) + leaf + String(repeating: "}", count: 500)),
            ("contradictory: two of 64 ranges", #"{"all":[\#(many.dropLast(2 * leaf.utf8.count + 1))\#(clash)]}"#),
            (
                "contradictory: last, after 63 lists of 60 ids",
                #"{"all":[\#((demanded + refused.dropLast()).joined(separator: ",")),\#(clash)]}"#
            ),
        ]
    }
}
