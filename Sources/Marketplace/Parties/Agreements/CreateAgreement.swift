import EventLog
import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// The platform drafts an agreement between a retailer and a supplier.
struct CreateAgreement: Sendable {
    let retailer: Retailer
    let supplier: SupplierID
    let terms: AgreementTerms

    enum Refusal: Kernel.Refusal {
        case unknownSupplier

        var problem: Problem {
            switch self {
            case .unknownSupplier:
                .invalid([FieldProblem(pointer: "/supplier_id", code: "unknown_supplier", detail: "There is no such supplier.")])
            }
        }
    }

    init(_ fields: Fields, at retailer: Retailer) {
        self.retailer = retailer
        supplier = fields.id("supplier_id")
        terms = AgreementTerms(fields, over: nil, in: retailer.asset)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Agreement {
        guard try tx.supplier(supplier) != nil else { throw Refusal.unknownSupplier }
        let now = author.world.now()
        let agreement = Agreement(
            id: author.world.newID(), retailer: retailer.id, supplier: supplier, asset: retailer.asset, state: .draft,
            terms: terms, version: 1, createdAt: now, updatedAt: now)
        try tx.checkResponsible(of: agreement)
        try tx.insert(agreement)
        try tx.audit(author, "agreement.created", about: EventSubject(agreement.id), after: agreement)
        try tx.append(agreement.event("agreement.created"), to: retailer.id, in: author.world)
        return agreement
    }
}

/// A person answers for an agreement only on a side to which it belongs.
enum ResponsiblePersonsRefusal: Refusal {
    case notMembers(side: String)

    var problem: Problem {
        switch self {
        case .notMembers(let side):
            .invalid([
                FieldProblem(
                    pointer: "/responsible/\(side)", code: "not_a_member", detail: "Each must be a person of the \(side)'s.")
            ])
        }
    }
}

extension Transaction {
    func checkResponsible(of agreement: Agreement) throws {
        let persons = agreement.responsible
        guard try areMembers(persons.retailer, of: .retailer(agreement.retailer, [])) else {
            throw ResponsiblePersonsRefusal.notMembers(side: "retailer")
        }
        guard try areMembers(persons.supplier, of: .supplier(agreement.supplier, [])) else {
            throw ResponsiblePersonsRefusal.notMembers(side: "supplier")
        }
    }
}
