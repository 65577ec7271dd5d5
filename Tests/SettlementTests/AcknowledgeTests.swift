import JSONText
import Kernel
import Ledger
import Tenancy
import TestSupport
import Testing

/// The supplier agrees with a sealed statement.
@Suite struct AcknowledgeTests {
    @Test func `a person of the supplier's acknowledges a sealed statement, once, and both are told`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let open = try await settling.treasury.openStatement()
            let service = try await market.key(of: settling.treasury.town.supplier, .treasurer)
            let refused = [
                try await settling.acknowledge(open), try await settling.acknowledge(as: service),
                try await settling.acknowledge(as: settling.first),
                try await settling.acknowledge("statement_01jnb2ws00fv9rvk5e8x2c6m4a"),
            ]
            let before = try await settling.treasury.get("statements/\(settling.statement)").json
            let done = try await settling.acknowledge()
            let again = try await settling.acknowledge()
            let late = try await settling.dispute(try await settling.line("redemption", of: 3_000))
            let heads = try await settling.treasury.get("statements?settlement_state=acknowledged").json["data"].elements

            #expect(refused.map(\.said) == ["409 statement_open", "403 person_needed", "403 role_not_allowed", "404 not_found"])
            #expect(before["settlement_state"] == "awaiting" && before["acknowledged_at"] == nil)
            #expect(done.status == 200 && done.json["settlement_state"] == "acknowledged")
            #expect(figures(done.json) == figures(before))
            #expect(again.said == "409 wrong_state" && late.said == "409 wrong_state")
            #expect(heads.map { $0["id"] } == [.string(settling.statement)])
            let told = try await settling.events(
                "statement.acknowledged", as: try await market.key(of: settling.treasury.town.supplier, .admin))
            #expect(told.map { $0["data"]["payable"] } == [Settling.roubles(4_900)])
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `of many who acknowledge, dispute and order at once the statement has one fate`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let line = try await settling.line("redemption", of: 3_000)
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask { "a \(try await settling.acknowledge().status)" }
                    group.addTask { "d \(try await settling.dispute(line).status)" }
                    group.addTask { "o \(try await settling.order().status)" }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let state = try await settling.settlementState()

            let (acknowledged, disputed, ordered) = (
                answers.filter { $0 == "a 200" }.count, answers.filter { $0 == "d 201" }.count,
                answers.filter { $0 == "o 201" }.count
            )
            #expect(acknowledged + disputed == 1)
            #expect(ordered <= acknowledged)
            #expect(state == (ordered == 1 ? "in_payment" : acknowledged == 1 ? "acknowledged" : "disputed"))
            #expect(try await settling.balance(of: .clearing) == (ordered == 1 ? 4_900 : 0))
        }
    }
}
