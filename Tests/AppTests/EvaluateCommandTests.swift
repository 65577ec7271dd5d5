import Foundation
import JSONText
import SystemPackage
import TestSupport
import Testing

/// `tradewind evaluate ranking` as somebody runs it on the published sets. The goals hold with what chance may take: twice the
/// standard error that the run itself prints.
@Suite struct EvaluateCommandTests {
    @Test(.enabled(if: DataSet.arePresent, DataSet.missing))
    func `redeemers of the published panel are ranked no worse than by a logistic model, and counted well`() async throws {
        let report = try await Self.report(on: .completeJourney)

        for (name, auc, lift) in [("campaign", 0.817, 3.92), ("campaign_x_manufacturer", 0.856, 6.06)] {
            let grain = try #require(report.grain(name))
            #expect(grain.score("ours", "auc") + 2 * grain.number("auc", "standard_error") >= auc)
            #expect(grain.score("ours", "lift") + 2 * grain.number("lift", "standard_error") >= lift)
            #expect(grain.number("auc_minus_logistic", "p95") >= 0 && grain.number("lift_minus_logistic", "p95") >= 0)
            #expect(grain.score("ours", "auc") > grain.score(grain.text("best_single"), "auc"))
        }
        #expect(report.grain("campaign")?.number("users") == 224)
        #expect((0.75...1.25).contains(report.number("level", "all", "ratio")))
        #expect((0.65...0.95).contains(report.number("level", "all", "inside_share")))
    }

    @Test(.enabled(if: DataSet.arePresent, DataSet.missing))
    func `who buys next is ranked better than by any habit alone`() async throws {
        let report = try await Self.report(on: .sortOfReal)

        let grain = try #require(report.grain("product_next_4_weeks"))
        #expect(grain.score("ours", "auc") + 2 * grain.number("auc", "standard_error") >= 0.90)
        #expect(grain.score("ours", "lift") + 2 * grain.number("lift", "standard_error") >= 7.2)
        #expect(grain.score("ours", "auc") > grain.score(grain.text("best_single"), "auc") + 0.03)
    }

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
    func `a folder without a set, and options that cannot be, are refused in words`() async throws {
        let folder = FilePath("/tmp/tradewind-no-set-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }

        let empty = try await BuiltProgram.run(["evaluate", "ranking", "--data", folder.string])
        let missing = try await BuiltProgram.run(["evaluate", "ranking"])
        let day = try await BuiltProgram.run(["evaluate", "ranking", "--data", folder.string, "--fitted-before", "soon"])

        #expect(
            !empty.isSuccess && empty.output.contains("there is no complete_journey/common/campaigns.csv.gz"), "\(empty.output)")
        #expect(!missing.isSuccess && missing.output.contains("--data"), "\(missing.output)")
        #expect(!day.isSuccess && day.output.contains("--fitted-before is not a day"), "\(day.output)")
    }

    private static func report(on set: DataSet) async throws -> JSONValue {
        let outcome = try await BuiltProgram.run(
            ["evaluate", "ranking", "--data", set.folder, "--json", "--draws", "60", "--products", "100"])
        #expect(outcome.isSuccess, "\(outcome.output)")
        print("ranking: \(outcome.output)")
        return try JSONReader.parse(Array(outcome.output.utf8))
    }
}

extension JSONValue {
    fileprivate func member(_ path: [String]) -> JSONValue? {
        path.reduce(self as JSONValue?) { value, name in
            if case .object(let members) = value { members[name] } else { nil }
        }
    }

    /// Not a number where there is none.
    fileprivate func number(_ path: String...) -> Double {
        switch member(path) {
        case .integer(let number): Double(number)
        case .decimal(let digits): Double(digits) ?? .nan
        default: .nan
        }
    }

    fileprivate func text(_ name: String) -> String {
        if case .string(let text) = member([name]) { text } else { "" }
    }

    fileprivate func grain(_ name: String) -> JSONValue? {
        guard case .array(let grains) = member(["grains"]) else { return nil }
        return grains.first { $0.text("grain") == name }
    }

    fileprivate func score(_ name: String, _ measure: String) -> Double {
        guard case .array(let scores) = member(["scores"]) else { return .nan }
        return scores.first { $0.text("score") == name }?.number(measure) ?? .nan
    }
}
