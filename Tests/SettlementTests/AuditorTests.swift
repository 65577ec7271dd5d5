import App
import Foundation
import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// Somebody from outside, whom both sides let in, reads the statements of one agreement and the receipt lines behind them.
@Suite struct AuditorTests {
    /// Admins of both sides, who are persons.
    private struct Sides {
        let treasury: Treasury
        let retailer: KeyToken
        let supplier: KeyToken
        var base: String { treasury.base }

        init(_ treasury: Treasury, _ market: TestMarket) async throws {
            let town = treasury.town
            self.treasury = treasury
            retailer = try await market.key(
                of: town.retailer, .admin, person: try await market.makePerson(of: town.retailer, .admin))
            supplier = try await market.key(
                of: town.supplier, .admin, person: try await market.makePerson(of: town.supplier, .admin))
        }

        func ask(_ market: TestMarket, as key: KeyToken) async throws -> TestClient.Reply {
            try await market.post(
                "\(base)/agreements/\(treasury.town.agreement)/auditor-grants", as: key,
                ["name": "Audit & Partners", "reason": "First quarter", "days": 14])
        }
    }

    @Test func `an auditor has a key when both sides granted, for its time, and each read is in the audit of both`() async throws
    {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let sides = try await Sides(treasury, market)
            let sold = try await treasury.sell("17", "p1", 10_000, discount: 1_500)
            let statement = try await treasury.openStatement()
            let asked = try await sides.ask(market, as: sides.supplier)
            let grant = "\(sides.base)/auditor-grants/\(asked.json["id"].string ?? "")"

            let tooEarly = try await market.send(.post, "\(grant)/key", as: sides.retailer, nil)
            let twice = try await market.send(.post, "\(grant)/grant", as: sides.supplier, nil)
            let granted = try await market.send(.post, "\(grant)/grant", as: sides.retailer, nil)
            let bySupplier = try await market.send(.post, "\(grant)/key", as: sides.supplier, nil)
            let issued = try await market.send(.post, "\(grant)/key", as: sides.retailer, nil)
            let again = try await market.send(.post, "\(grant)/key", as: sides.retailer, nil)
            let auditor = try #require(KeyToken(issued.json["token"].string ?? "", in: .test))
            let redemption = sold["redemption_id"].string ?? ""
            let lines = try await market.get("\(sides.base)/statements/\(statement)/lines?kind=redemption", as: auditor)
            let opened = try await market.get("\(sides.base)/redemptions/\(redemption)", as: auditor)
            let line = try await market.get("\(sides.base)/redemptions/\(redemption)/receipt-line", as: auditor)
            let own = try await market.get("\(sides.base)/audit?action=auditor.read", as: sides.retailer)
            let theirs = try await market.get("\(sides.base)/audit?organisation_kind=auditor", as: sides.supplier)
            let listed = try await market.get("\(sides.base)/auditor-grants", as: sides.supplier)
            market.clock.advance(seconds: 14 * 86_400)
            let late = try await market.get("\(sides.base)/redemptions/\(redemption)", as: auditor)

            let place: JSONValue = [
                "store_id": "s1", "business_day": "2026-03-09", "till": "1", "shift": "", "number": "17", "line_no": 1,
            ]
            #expect(asked.json["granted_by_retailer"] == .null)
            #expect((tooEarly.status, tooEarly.json["code"]) == (409, "not_granted_by_both"))
            #expect((twice.status, twice.json["code"]) == (409, "already_granted"))
            #expect(granted.json["granted_by_retailer"]["person_id"].string != nil)
            #expect(bySupplier.json["code"] == "role_not_allowed")
            #expect((issued.status, issued.json["expires_at"]) == (201, asked.json["expires_at"]))
            #expect((again.status, again.json["code"]) == (409, "key_issued"))
            #expect(lines.json["data"][0]["redemption"]["receipt"] == place)
            #expect(opened.json["receipt"] == place)
            #expect(line.json["receipt"] == place)
            #expect(line.json["line"]["paid_amount"] == 8_500)
            #expect(!line.text.contains("shopper"))
            #expect(own.json["data"].elements.count == 3)
            #expect(theirs.json["data"] == own.json["data"])
            #expect(
                Set(own.json["data"].elements.compactMap { $0["subject_id"].string }) == ["\(statement)", redemption])
            #expect(own.json["data"][0]["organisation"] == ["kind": "auditor", "id": asked.json["id"]])
            #expect(listed.json["data"][0]["key_id"] == .string("\(auditor.id)"))
            #expect(late.status == 401)
        }
    }

    @Test func `an auditor sees no other agreement, reads nothing else, and writes nothing`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let sides = try await Sides(treasury, market)
            let sold = try await treasury.sell("17", "p1", 10_000, discount: 1_500)
            let town = treasury.town
            let other = try await market.makeAgreement(retailer: town.retailer, supplier: town.supplier)
            let asked = try await market.post(
                "\(sides.base)/agreements/\(other)/auditor-grants", as: sides.retailer, ["name": "A", "reason": "r"])
            let grant = "\(sides.base)/auditor-grants/\(asked.json["id"].string ?? "")"
            _ = try await market.send(.post, "\(grant)/grant", as: sides.supplier, nil)
            let issued = try await market.send(.post, "\(grant)/key", as: sides.retailer, nil)
            let auditor = try #require(KeyToken(issued.json["token"].string ?? "", in: .test))
            let statement = try await treasury.openStatement()
            let redemption = sold["redemption_id"].string ?? ""

            let list = try await market.get("\(sides.base)/statements", as: auditor)
            let foreign = [
                try await market.get("\(sides.base)/statements/\(statement)", as: auditor),
                try await market.get("\(sides.base)/statements/\(statement)/lines", as: auditor),
                try await market.get("\(sides.base)/statements/\(statement)/unfunded", as: auditor),
                try await market.get("\(sides.base)/redemptions/\(redemption)", as: auditor),
                try await market.get("\(sides.base)/redemptions/\(redemption)/receipt-line", as: auditor),
                try await market.get("/v1/retailers/\(try await market.makeRetailer())/statements", as: auditor),
            ]
            for route in market.marketplace.table.routes where !route.access.auditor && !route.access.isOpen {
                let tail = "\(town.retailer)".split(separator: "_").last ?? ""
                let path = route.path.replacing("{retailer_id}", with: "\(town.retailer)")
                    .replacing("{supplier_id}", with: "\(town.supplier)")
                    .replacing(/\{([a-z_]+)_id\}/) { "\($0.output.1)_\(tail)" }.replacing(/\{[a-z_]+\}/, with: "x")
                let hasBody = route.method != .get && route.method != .delete
                let reply = try await market.send(route.method, path, as: auditor, hasBody ? [:] : nil)
                #expect([403, 404].contains(reply.status), "\(route.operation): \(reply.status)")
            }
            let ended = try await market.delete(grant, as: sides.supplier)
            let afterwards = try await market.get("\(sides.base)/statements", as: auditor)
            let dead = try await market.send(.post, "\(grant)/grant", as: sides.retailer, nil)

            #expect(list.json["data"].elements.isEmpty)
            #expect(foreign.map(\.status) == [404, 404, 404, 404, 404, 404])
            #expect(ended.status == 204)
            #expect(afterwards.status == 401)
            #expect((dead.status, dead.json["code"]) == (409, "grant_over"))
        }
    }

    @Test func `one person of both sides grants for one of them, services for none, and of 32 one makes the key`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let sides = try await Sides(treasury, market)
            let town = treasury.town
            let both = try await market.makePerson(of: town.retailer, .admin)
            _ = try await market.put(
                "/v1/suppliers/\(town.supplier)/persons/\(both)", as: market.platform, ["roles": ["admin"]])
            let asked = try await sides.ask(market, as: try await market.key(of: town.retailer, .admin, person: both))
            let grant = "\(sides.base)/auditor-grants/\(asked.json["id"].string ?? "")"

            let byService = try await sides.ask(market, as: try await market.key(of: town.retailer, .admin))
            let bySame = try await market.send(
                .post, "\(grant)/grant", as: try await market.key(of: town.supplier, .admin, person: both), nil)
            let byOther = try await market.send(.post, "\(grant)/grant", as: sides.supplier, nil)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await market.send(.post, "\(grant)/key", as: sides.retailer, nil).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }

            #expect((byService.status, byService.json["code"]) == (403, "person_needed"))
            #expect((bySame.status, bySame.json["code"]) == (403, "four_eyes"))
            #expect(byOther.status == 200)
            #expect(statuses.filter { $0 == 201 }.count == 1)
            #expect(statuses.filter { $0 == 409 }.count == 31)
        }
    }
}
