import App
import ArgumentParser

/// What can be set, and what is.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Print every setting: name, values, default, what it does.")

    @Flag(help: "The page docs/configuration.md.")
    var markdown = false

    func run() {
        print(
            markdown ? SettingsPage.markdown : SettingsPage.text(Environment.variables()) + "\n", terminator: "")
    }
}
