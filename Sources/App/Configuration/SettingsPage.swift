/// The table of settings for people: as the page `docs/configuration.md` and as lines of a terminal.
package enum SettingsPage {
    package static var markdown: String {
        var lines = [
            "# Configuration", "",
            "This page is printed by `tradewind settings --markdown` and a test holds the two together; edit `Sources/App/Settings.swift`.",
            "Every setting is an environment variable, read once at start; an empty one counts as none. A value that is refused stops",
            "the program with a message that names it. Secrets are shown nowhere.",
        ]
        for group in Setting.groups {
            lines += ["", "## \(group.title)", "", "| variable | what it does | value | default |", "|---|---|---|---|"]
            lines += group.settings.map(row)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ setting: Setting) -> String {
        let purpose = setting.purpose + (setting.isSecret ? " **Secret.**" : "")
        return "| `\(setting.name)` | \(purpose) | \(setting.values) | \(setting.fallback) |"
    }

    /// With what the environment says; `variables` are its own.
    package static func text(_ variables: [String: String]) -> String {
        Setting.groups.map { group in
            ([group.title] + group.settings.flatMap { paragraph($0, variables[$0.name] ?? "") }).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private static func paragraph(_ setting: Setting, _ given: String) -> [String] {
        let state =
            given.isEmpty
            ? "not set" : setting.fault(of: given).map { "REFUSED: \($0)" } ?? "set to " + (setting.isSecret ? "a secret" : given)
        return [
            "  \(setting.name)", "      \(setting.purpose)", "      \(setting.values); default: \(setting.fallback)",
            "      \(state)",
        ]
    }
}
