import App
import ArgumentParser
import Kernel
import Ledger
import Tenancy

/// Recomputes every rule of the books from the tables and says what was checked and what was found.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Recompute every rule of the ledger from its tables.",
        discussion: """
            Reads in short transactions, so it may run beside the service. Exits with 1 where anything was found; up to \
            \(CheckReport.examplesMax) examples of each are shown.
            """)

    @OptionGroup var common: InstanceOptions

    @Option(help: "One retailer only, by its id (retailer_...). Default: all.")
    var retailer: String?

    @Option(
        help: """
            A day (2026-03-01): trust the closing balances before it, look at what was posted since. What is of no day, like \
            accounts, holds and campaigns, is looked at whole.
            """)
    var since: String?

    func run() async throws {
        let since = try since.map { text in
            guard let day = BusinessDay(text) else { throw ValidationError("\(text) is not a day, like 2026-03-01") }
            return day
        }
        let only = try retailer.map { text in
            guard let id = RetailerID(text) else { throw ValidationError("\(text) is not the id of a retailer") }
            return id
        }
        let findings = try await DatabaseHome.with(try common.configuration()) { home in
            let all = try await home.database.retailers()
            if let only, !all.contains(only) { throw ValidationError("there is no retailer \(only)") }
            return try await verify(Verification(home.database, since: since), only.map { [$0] } ?? all)
        }
        if findings > 0 { throw ExitCode(1) }
    }

    private func verify(_ verification: Verification, _ retailers: [RetailerID]) async throws -> Int {
        var findings = 0
        for retailer in retailers {
            print("\(retailer)")
            for check in Marketplace.checks {
                let report = try await verification.run(check, of: retailer)
                findings += report.findings
                print(report.lines(explaining: check.explain).joined(separator: "\n"))
            }
        }
        print(findings == 0 ? "nothing was found" : "\(findings) findings")
        return findings
    }
}

extension CheckReport {
    /// One line of the table, and below it what was found.
    fileprivate func lines(explaining rule: String) -> [String] {
        let name = check + String(repeating: " ", count: max(1, 32 - check.count))
        let count = String(repeating: " ", count: max(0, 12 - "\(checked)".count)) + "\(checked)"
        guard findings > 0 else { return ["  ok    \(name)\(count) rows"] }
        return ["  WRONG \(name)\(count) rows, \(findings) findings. \(rule)"]
            + examples.map { "          \($0.subject): \($0.detail)" }
            + (findings > examples.count ? ["          and \(findings - examples.count) more"] : [])
    }
}
