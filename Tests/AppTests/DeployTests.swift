import App
import Foundation
import HTTPTypes
import JSONText
import SystemPackage
import TestSupport
import Testing

/// What operators watch exists: every metric of the alert rules and of the dashboard is one of a running program's, every
/// rule leads to a chapter of the night's page, and the doctor finds nothing bad on a healthy installation.
@Suite struct DeployTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
    func `every metric that is watched is there, and the doctor finds what is broken and nothing else`() async throws {
        let watched = try ["deploy/prometheus-alerts.yml", "deploy/grafana-dashboard.json"].map(Self.page)
            .flatMap { text in text.matches(of: /tradewind_[a-z_]+/).map { String($0.output) } }
        let backups = ServedProgram.folder(named: "doctor-backups")
        try await ServedProgram.run(named: "doctor", environment: ["TRADEWIND_BACKUP_FOLDER": backups.string]) { program in
            _ = try await program.client?.send(.get, "/no/such/route")
            let page = try await program.client?.send(.get, "/metrics").text ?? ""
            let known = Set(page.matches(of: /# TYPE (\S+)/).map { String($0.output.1) })
            let series = page.split(separator: "\n").filter { $0.hasPrefix("tradewind_") }.map { String($0.prefix { $0 != " " }) }
            let twice = Dictionary(grouping: series, by: \.self).filter { $1.count > 1 }.keys
            let codes = try Self.page("deploy/prometheus-alerts.yml").matches(of: /problems_total\{code="([a-z_]+)"\}/)
                .map { String($0.output.1) }
            let missing = Set(watched).filter { name in
                !known.contains(name)
                    && !["_bucket", "_count", "_sum"].contains {
                        name.hasSuffix($0) && known.contains(String(name.dropLast($0.count)))
                    }
            }
            let healthy = try await BuiltProgram.run(["doctor", "--json", "--state", program.state])
            unsafe _ = chmod(program.state + "/secret.key", 0o644)
            #expect(twice.isEmpty, "\(twice)")
            // Nothing of the kind has happened yet: a rise from nothing would be seen by nobody.
            for code in codes { #expect(series.contains("tradewind_http_problems_total{code=\"\(code)\"}"), "\(code)") }
            for clock in ClockMetrics.names {
                #expect(series.contains("tradewind_clock_rounds_total{clock=\"\(clock)\"}"), "\(clock)")
            }
            let broken = try await BuiltProgram.run(["doctor", "--state", program.state])

            #expect(watched.count > 50 && missing.isEmpty, "\(missing)")
            #expect(healthy.isSuccess && Self.bad(healthy.output).isEmpty, "\(healthy.output)")
            #expect(!broken.isSuccess && broken.output.contains("others may read secret.key"), "\(broken.output)")
        }
        try? FileManager.default.removeItem(atPath: backups.string)
    }

    @Test func `every alert leads to a chapter of the night's page`() throws {
        let rules = try Self.page("deploy/prometheus-alerts.yml")
        let chapters = Set(
            try Self.page("operating/at-night.md").split(separator: "\n").filter { $0.hasPrefix("## ") }.map { line in
                line.dropFirst(3).lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " }.replacing(" ", with: "-")
            })
        let anchors = Set(rules.matches(of: /at-night\.md#(\S+)/).map { String($0.output.1) })
        #expect(anchors.count > 8 && anchors.isSubset(of: chapters), "\(anchors.subtracting(chapters))")
    }

    @Test func `the dashboard is JSON with a query in every panel`() throws {
        let board = try JSONReader.parse(Array(try Self.page("deploy/grafana-dashboard.json").utf8))
        let panels = board["panels"].elements.filter { $0["type"] == "timeseries" }
        #expect(panels.count > 20)
        for panel in panels { #expect(panel["targets"][0]["expr"].string?.isEmpty == false, "\(panel["title"])") }
    }

    private static func page(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "docs/" + name), encoding: .utf8)
    }

    private static func bad(_ report: String) -> [JSONValue] {
        (try? JSONReader.parse(Array(report.utf8)))?["findings"].elements.filter { $0["verdict"] == "bad" } ?? [.null]
    }
}
