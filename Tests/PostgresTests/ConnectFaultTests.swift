import Testing

@testable import Postgres

/// libpq repeats pieces of an address that it cannot use: none of them may reach a log, since any may be the password.
@Suite struct ConnectFaultTests {
    /// The password is `corr3ct/h0rse@batt3ry st4ple"w1re`, put into addresses as people do.
    private static let mistyped = [
        "postgresql://tradewind:corr3ct/h0rse@batt3ry@127.0.0.1:1/tradewind",
        "postgresql://tradewind:corr3ct@h0rse@127.0.0.1:1/tradewind",
        "postgresql://tradewind:corr3ct%h0rse@127.0.0.1:1/tradewind",
        "postgresql://tradewind@127.0.0.1:corr3ct/tradewind",
        "postgresql://corr3ct:h0rse@[127.0.0.1/tradewind",
        "postgresql://tradewind@127.0.0.1:1/tradewind?pasword=corr3ct",
        "postgresql://tradewind@127.0.0.1:1/tradewind?sslmode=corr3ct",
        "postgresql:/tradewind:corr3ct@127.0.0.1:1/tradewind",
        "host=127.0.0.1 port=1 user=tradewind password=corr3ct h0rse",
        "host=127.0.0.1 port=1 user=tradewind password='corr3ct",
        "host=127.0.0.1 user=tradewind password=x port=corr3ct",
        "tradewind corr3ct",
        "postgresql://tradewind@/tradewind?host=/nowhere/st4ple\"w1re\"",
    ]
    private static let pieces = ["corr3ct", "h0rse", "batt3ry", "st4ple", "w1re"]

    @Test(arguments: mistyped)
    func `what is said of a mistyped address repeats no piece of it`(address: String) async {
        var configuration = DatabaseConfiguration(address: address)
        configuration.connectionsMax = 1
        let database = Database(configuration)
        let fault = await #expect(throws: DatabaseError.self) { try await database.administer { _ in } }
        await database.close()
        let text = fault.map { "\($0)" } ?? ""
        for piece in Self.pieces { #expect(!text.contains(piece), "\(text)") }
        #expect(text.hasPrefix("unavailable: ") && text.count > 20, "\(text)")
    }

    @Test func `an address that holds no secret is told as libpq tells it`() {
        let message = "connection to server on socket \"/run/x/.s.PGSQL.5432\" failed: No such file or directory\nmore"
        #expect(ConnectFault.text(message, of: "host=/run/x user=y") == String(message.prefix { $0 != "\n" }))
        #expect(
            ConnectFault.text(message, of: "postgresql://y@/x?host=/run/x")
                == "connection to server on socket \"...\" failed: No such file or directory")
    }
}
