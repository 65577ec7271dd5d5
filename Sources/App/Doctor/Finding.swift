package import JSONText

/// One thing that the doctor looked at.
package struct Finding: Sendable, Hashable, JSONWritable {
    package enum Verdict: String, Sendable, CaseIterable {
        case ok
        /// To be looked at by day.
        case warning
        /// To be looked at now: the command exits with 1.
        case bad
    }

    package let area: String
    package let verdict: Verdict
    package let what: String
    /// What to do; none where all is well.
    package let advice: String?

    package static func ok(_ area: String, _ what: String) -> Finding {
        Finding(area: area, verdict: .ok, what: what, advice: nil)
    }

    package static func warning(_ area: String, _ what: String, _ advice: String) -> Finding {
        Finding(area: area, verdict: .warning, what: what, advice: advice)
    }

    package static func bad(_ area: String, _ what: String, _ advice: String) -> Finding {
        Finding(area: area, verdict: .bad, what: what, advice: advice)
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("area", area)
            json.field("verdict", verdict.rawValue)
            json.field("what", what)
            json.field("advice", advice)
        }
    }
}

/// All findings of one examination, in the order in which they were made.
package struct DoctorReport: Sendable, JSONWritable {
    package let findings: [Finding]

    package init(_ findings: [Finding]) { self.findings = findings }

    package func count(_ verdict: Finding.Verdict) -> Int { findings.count { $0.verdict == verdict } }

    package var isBad: Bool { count(.bad) > 0 }

    package var text: String {
        let lines = findings.flatMap { finding in
            let mark = finding.verdict == .ok ? "ok" : finding.verdict.rawValue.uppercased()
            let head = Self.padded(mark, 9) + Self.padded(finding.area, 11) + finding.what
            return [head] + (finding.advice.map { [String(repeating: " ", count: 20) + "-> " + $0] } ?? [])
        }
        let sum = "\(count(.ok)) ok, \(count(.warning)) to look at by day, \(count(.bad)) bad"
        return (lines + [sum]).joined(separator: "\n")
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("verdict", (isBad ? .bad : count(.warning) > 0 ? .warning : Finding.Verdict.ok).rawValue)
            json.field("findings", findings)
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
