package import JSONText
package import Kernel
package import Parties
package import Tenancy

extension TestMarket {
    /// An agreement that is in force: every product and store, all of 2026, any depth, no fee, unless a test says
    /// otherwise. `upTo` stops it earlier on its way: `.draft` or `.signed`.
    package func makeAgreement(
        retailer: RetailerID, supplier: SupplierID, scope: JSONValue = [:], startsOn: String = "2026-01-01",
        endsOn: String = "2026-12-31", feeBP: Int64 = 0, depthMaxBP: Int64 = 10_000, moneyHolder: MoneyHolder = .retailer,
        insightScope: InsightScope = .all, autoApproval: JSONValue = nil, unfundedBearers: JSONValue = [:],
        responsible: JSONValue = [:], upTo state: AgreementState = .active
    ) async throws -> AgreementID {
        let path = "/v1/retailers/\(retailer)/agreements"
        let reply = try await post(
            path, as: platform,
            [
                "supplier_id": .string("\(supplier)"), "name": "Agreement", "starts_on": .string(startsOn),
                "ends_on": .string(endsOn), "fee_bp": .integer(feeBP), "depth_max_bp": .integer(depthMaxBP),
                "money_holder": .string(moneyHolder.rawValue), "insight_scope": .string(insightScope.rawValue),
                "scope": scope, "auto_approval": autoApproval, "unfunded_bearers": unfundedBearers,
                "responsible": responsible,
            ])
        let id: AgreementID = try reply.id()
        if state != .draft { try await move(id, of: retailer, .sign) }
        if state == .active { try await move(id, of: retailer, .activate) }
        return id
    }

    /// Moves an agreement as the platform, giving a reason.
    @discardableResult
    package func move(
        _ id: AgreementID, of retailer: RetailerID, _ transition: AgreementTransition
    ) async throws -> TestClient.Reply {
        let reply = try await post(
            "/v1/retailers/\(retailer)/agreements/\(id)/\(transition.rawValue)", as: platform, ["reason": "test"])
        guard reply.status == 200 else { throw UnexpectedReply(status: reply.status, body: reply.text) }
        return reply
    }

    /// A person without any organisation yet.
    package func makePerson(_ name: String = "Anna") async throws -> PersonID {
        try await post("/v1/persons", as: platform, ["display_name": .string(name)]).id()
    }

    /// A person who holds these roles at a retailer.
    package func makePerson(of retailer: RetailerID, _ roles: RetailerRole...) async throws -> PersonID {
        let person = try await makePerson()
        try await give(person, roles.map(\.rawValue), at: "/v1/retailers/\(retailer)")
        return person
    }

    /// A person who holds these roles at a supplier.
    package func makePerson(of supplier: SupplierID, _ roles: SupplierRole...) async throws -> PersonID {
        let person = try await makePerson()
        try await give(person, roles.map(\.rawValue), at: "/v1/suppliers/\(supplier)")
        return person
    }

    private func give(_ person: PersonID, _ roles: [String], at organisation: String) async throws {
        let body: JSONValue = ["roles": .array(roles.map { .string($0) })]
        let reply = try await put("\(organisation)/persons/\(person)", as: platform, body)
        guard reply.status == 200 else { throw UnexpectedReply(status: reply.status, body: reply.text) }
    }

    /// A person's key at a retailer; the person holds these roles there.
    package func key(of retailer: RetailerID, _ roles: RetailerRole..., person: PersonID) async throws -> KeyToken {
        try await key(.retailer(retailer, Set(roles)), person: person)
    }

    /// A person's key at a supplier; the person holds these roles there.
    package func key(of supplier: SupplierID, _ roles: SupplierRole..., person: PersonID) async throws -> KeyToken {
        try await key(.supplier(supplier, Set(roles)), person: person)
    }
}
