package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// The contracts between a retailer and its suppliers. The platform writes them; the retailer's admin may suspend one at
/// once and asks the platform to resume it; a supplier sees its own.
///
/// POST  /v1/retailers/{retailer_id}/agreements                              draft
/// GET   /v1/retailers/{retailer_id}/agreements                              list, `?supplier_id`, `?state`
/// GET   /v1/retailers/{retailer_id}/agreements/{agreement_id}               one, whole
/// PATCH /v1/retailers/{retailer_id}/agreements/{agreement_id}               edit a draft, with If-Match
/// POST  /v1/retailers/{retailer_id}/agreements/{agreement_id}/{transition}  sign, activate, suspend, resume, end
package struct AgreementRoutes: Sendable {
    static let pageMax = 100

    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/agreements"
        let readers: Access = .platform | .retailer(.admin, .treasurer, .approver, .marketer, .analyst) | .anySupplierRole
        return [
            Route(.post, path, "createAgreement", access: .platform, idempotency: .optional, handle: create),
            Route(.get, path, "listAgreements", access: readers, handle: list),
            Route(.get, path + "/{agreement_id}", "getAgreement", access: readers, handle: show),
            Route(.patch, path + "/{agreement_id}", "editAgreement", access: .platform, handle: edit),
        ]
            + AgreementTransition.allCases.map { transition in
                Route(
                    .post, "\(path)/{agreement_id}/\(transition.rawValue)", "\(transition.rawValue)Agreement",
                    access: transition == .suspend ? .platform | .retailer(.admin) : .platform, idempotency: .optional
                ) { call in try await move(call, transition) }
            }
    }

    private func create(_ call: Call) async throws -> Reply {
        let id = try call.retailerID()
        return try await call.write(database, as: call.organisationScope) { tx in
            guard let retailer = try tx.retailer(id) else { throw Problem.notFound("retailer") }
            let command = try call.json { CreateAgreement($0, at: retailer) }
            let agreement = try command.run(in: tx, by: Author(call))
            return .created(AgreementSummary(agreement: agreement), at: "\(call.path)/\(agreement.id)")
                .tagged(version: agreement.version)
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, wanted, state) = try call.query { fields in
            (
                PageRequest(fields, max: Self.pageMax), fields.idIfPresent("supplier_id", SupplierID.self),
                fields.wordIfPresent("state", AgreementState.self)
            )
        }
        let after = try page.id(AgreementID.self)
        let own = call.principal.supplierID
        if let own, let wanted, own != wanted { throw Problem.notFound("supplier") }
        let agreements = try await database.read(as: call.scope) { tx in
            try tx.agreements(of: retailer, supplier: own ?? wanted, state: state, after: after, limit: page.limit + 1)
        }
        return .json(Page(agreements.map(AgreementSummary.init), page) { "\($0.agreement.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("agreement_id", AgreementID.self))
        let agreement = try await database.read(as: call.scope) { tx in
            try tx.agreement(id, of: retailer, supplier: call.principal.supplierID)
        }
        guard let agreement else { throw Problem.notFound("agreement") }
        return .json(agreement).tagged(version: agreement.version)
    }

    private func edit(_ call: Call) async throws -> Reply {
        let command = EditAgreement(
            retailer: try call.retailerID(), id: try call.id("agreement_id"), ifMatch: try call.ifMatch())
        return try await call.write(database, as: call.organisationScope) { tx in
            let agreement = try command.run(in: tx, by: Author(call)) { before in
                try call.json { AgreementTerms($0, over: before.terms, in: before.asset) }
            }
            return .json(agreement).tagged(version: agreement.version)
        }
    }

    private func move(_ call: Call, _ transition: AgreementTransition) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("agreement_id", AgreementID.self))
        let command = try call.json { MoveAgreement($0, transition, id, of: retailer, call.ifMatchIfPresent()) }
        return try await call.write(database, as: call.organisationScope) { tx in
            let agreement = try command.run(in: tx, by: Author(call))
            return .json(AgreementSummary(agreement: agreement)).tagged(version: agreement.version)
        }
    }
}
