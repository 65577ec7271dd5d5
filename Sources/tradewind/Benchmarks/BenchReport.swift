import JSONText

/// One number of a benchmark with what it should reach.
struct BenchMeasure: JSONWritable {
    let bench: String
    let measure: String
    let value: Double
    let unit: String
    /// Nil for a yardstick.
    var goal: Double?
    /// The goal is the most that the value may be, not the least.
    var isBound = false

    var isMet: Bool { goal.map { isBound ? value <= $0 : value >= $0 } ?? true }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("bench", bench)
            json.field("measure", measure)
            json.field("value", JSONValue.decimal(Self.digits(value)))
            json.field("unit", unit)
            json.field("goal", goal.map { JSONValue.decimal(Self.digits($0)) })
            json.field("met", isMet)
        }
    }

    /// A line of the table for people.
    var text: String {
        let goal = goal.map { "goal \(Self.digits($0))  \(isMet ? "met" : "MISSED")" } ?? "yardstick"
        return "\(padded(measure, 28)) \(padded(Self.digits(value), 14)) \(padded(unit, 10)) \(goal)"
    }

    /// One line on the standard output: for machines, or of the table.
    func print(asJSON: Bool) { StandardOutput.print(asJSON ? String(decoding: jsonBytes, as: UTF8.self) : text) }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Three digits after the point where the number is small, none where it is large.
    private static func digits(_ value: Double) -> String {
        value < 100 ? value.threeDigits : "\(Int(value.rounded()))"
    }
}

extension Double {
    /// Three digits after the point.
    var threeDigits: String {
        let thousandths = Int((self * 1000).rounded())
        let rest = "\(thousandths % 1000)"
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}
