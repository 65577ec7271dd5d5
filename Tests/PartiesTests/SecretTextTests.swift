import Foundation
import HTTPSupport
import JSONText
import Kernel
import Parties
import TestSupport
import Testing

/// What secret scanners look for, as docs/parties.md tells them.
@Suite struct SecretTextTests {
    private static func documented() throws -> Regex<AnyRegexOutput> {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/parties.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("tw[is]?_") })
        return try Regex(String(line))
    }

    @Test func `the documented expression finds every token that is issued, and its kind and environment can be read`() throws {
        let expression = try Self.documented()
        let world = TestClock().world
        for _ in 0..<200 {
            for environment in KeyEnvironment.allCases {
                let texts = [
                    KeyToken(environment, in: world).text, SessionToken(environment, in: world).text,
                    InvitationToken(environment, in: world).text,
                ]
                for text in texts { #expect(try expression.wholeMatch(in: text) != nil, "\(text)") }
                #expect(zip(texts, ["tw_", "tws_", "twi_"]).allSatisfy { $0.hasPrefix($1 + environment.rawValue) })
            }
        }
    }

    @Test func `a token of another kind or environment opens nothing`() {
        let world = TestClock().world
        let (session, key) = (SessionToken(.test, in: world), KeyToken(.live, in: world))
        #expect(KeyToken(session.text, in: .test) == nil)
        #expect(SessionToken(key.text, in: .live) == nil)
        #expect(KeyToken(key.text, in: .test) == nil)
        #expect(KeyToken(key.text, in: .live)?.id == key.id)
    }

    @Test func `a key of the other environment is refused by a server`() async throws {
        try await TestMarket.run { market in
            let reply = try await market.get(
                "/v1/retailers", as: nil,
                headers: [("Authorization", "Bearer \(market.platform.text.replacing("tw_test_", with: "tw_live_"))")])
            #expect(reply.status == 401)
        }
    }
}
