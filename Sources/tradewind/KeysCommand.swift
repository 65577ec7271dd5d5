import App
import ArgumentParser
import Kernel
import Parties
import Postgres
import Tenancy

/// Keys from the machine itself: the way to the first key.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make keys on the machine itself.", subcommands: [Bootstrap.self])

    /// The platform administrator's first key. With it, everything else is done through the API.
    struct Bootstrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a key of the platform's administrator and print its token, once.")

        @OptionGroup var common: InstanceOptions

        @Option(help: "What the key is for.")
        var name = "bootstrap"

        func run() async throws {
            let configuration = try common.configuration()
            let home = try await DatabaseHome.open(configuration, starting: false)
            let command = IssueKey(name: name, organisation: .platform)
            let environment = configuration.environment
            let issued = try await home.database.transaction(as: .platform) { tx in
                try command.run(in: tx, by: .machine, environment)
            }
            try await home.close()
            print(issued.token.text)
        }
    }
}

extension Author {
    /// The operator at the machine, before there is any key.
    static let machine = Author(
        principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform), scope: .platform,
        requestID: "cli", world: .real)
}
