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
            abstract: "Make the platform's first administrator and print its key's token, once.",
            discussion: "Runs on the machine itself, where the database is at hand; a second run is refused.")

        @OptionGroup var common: InstanceOptions

        @Option(help: "What the key is for.")
        var name = "bootstrap"

        @Option(help: "Make a person of this name, who may invite and confirm. Without it the key is a service's.")
        var person: String?

        @Flag(help: "The first key is lost: end it and those that took its place, and make another.")
        var recover = false

        func run() async throws {
            let configuration = try common.configuration()
            let command = BootstrapPlatform(name: name, personName: person, recovers: recover)
            let environment = configuration.environment
            let issued = try await DatabaseHome.with(configuration) { home in
                try await home.database.transaction(as: .platform) { tx in try command.run(in: tx, by: .machine, environment) }
            }
            print(issued.token.text)
        }
    }
}

extension Author {
    /// The operator at the machine, before there is any key.
    static let machine = Author(
        principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform), scope: .platform,
        requestID: "cli", world: .real)

    /// The same at work for one retailer or one of its suppliers.
    static func machine(at scope: Scope) -> Author {
        Author(principal: machine.principal, scope: scope, requestID: machine.requestID, world: machine.world)
    }
}
