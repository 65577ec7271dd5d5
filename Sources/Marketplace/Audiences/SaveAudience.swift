import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Profiles
import Tenancy

/// Someone saves a predicate under a name. A supplier's is checked against its insight scope and put on the grid, so
/// that what is saved is what is counted.
struct CreateAudience: Sendable {
    let retailer: RetailerID
    let name: String
    let predicate: Predicate

    init(_ fields: Fields, at retailer: RetailerID) {
        self.retailer = retailer
        name = fields.string("name", max: 200)
        predicate = Predicate(fields, "predicate")
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Audience {
        let audience = Audience(
            id: author.world.newID(), supplier: author.supplier, name: name, version: 1,
            predicate: try tx.admitted(predicate, at: retailer, by: author), createdAt: author.world.now(), archivedAt: nil)
        try tx.insert(audience, of: retailer)
        try tx.insertVersion(of: audience, at: retailer, by: author.principal, author.world.now())
        try tx.audit(author, "audience.created", about: .init(audience.id), after: audience)
        return audience
    }
}

/// Its owner renames an audience or changes what it means: a new version. `version` is the one that was looked at.
struct UpdateAudience: Sendable {
    let retailer: RetailerID
    let id: AudienceID
    let name: String
    let predicate: Predicate
    let version: Int64

    enum Refusal: Kernel.Refusal {
        case versionConflict(now: Int64)
        case archived

        var problem: Problem {
            switch self {
            case .versionConflict(let now):
                Problem(409, "version_conflict", "Someone else has changed it.", detail: "It is at version \(now).")
            case .archived: Problem(409, "audience_archived", "An archived audience does not change.")
            }
        }
    }

    init(_ fields: Fields, _ id: AudienceID, at retailer: RetailerID) {
        self.retailer = retailer
        self.id = id
        name = fields.string("name", max: 200)
        predicate = Predicate(fields, "predicate")
        version = fields.integer("version", in: 1...Int64.max)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Audience {
        let before = try tx.ownAudience(id, at: retailer, by: author)
        guard before.archivedAt == nil else { throw Refusal.archived }
        guard before.version == version else { throw Refusal.versionConflict(now: before.version) }
        let after = Audience(
            id: id, supplier: before.supplier, name: name, version: version + 1,
            predicate: try tx.admitted(predicate, at: retailer, by: author), createdAt: before.createdAt, archivedAt: nil)
        try tx.insertVersion(of: after, at: retailer, by: author.principal, author.world.now())
        try tx.update(after, of: retailer)
        try tx.audit(author, "audience.updated", about: .init(id), before: before, after: after)
        return after
    }
}

/// Its owner puts an audience away: no list shows it; campaigns that use a version of it go on.
struct ArchiveAudience: Sendable {
    let retailer: RetailerID
    let id: AudienceID

    func run(in tx: borrowing Transaction, by author: Author) throws {
        let before = try tx.ownAudience(id, at: retailer, by: author)
        guard before.archivedAt == nil else { return }
        let after = Audience(
            id: id, supplier: before.supplier, name: before.name, version: before.version, predicate: before.predicate,
            createdAt: before.createdAt, archivedAt: author.world.now())
        try tx.update(after, of: retailer)
        try tx.audit(author, "audience.archived", about: .init(id), before: before, after: after)
    }
}

extension Author {
    /// The supplier who acts; nil for the retailer's own people.
    fileprivate var supplier: SupplierID? {
        if case .supplier(let id, _) = principal.organisation { id } else { nil }
    }
}

extension Transaction {
    /// Locks and reads an audience that the author's organisation owns; 404 where it is another's.
    fileprivate func ownAudience(_ id: AudienceID, at retailer: RetailerID, by author: Author) throws -> Audience {
        try lockAudience(id, of: retailer)
        guard let audience = try audience(id, of: retailer), audience.supplier == author.supplier else {
            throw Problem.notFound("audience")
        }
        return audience
    }

    /// The predicate as its author may have it; unknown traits are refused.
    fileprivate func admitted(_ predicate: Predicate, at retailer: RetailerID, by author: Author) throws -> Predicate {
        try refuseUnknownTraits(in: predicate, at: "/predicate", of: retailer)
        guard let supplier = author.supplier else { return predicate }
        let moment = try profileMoment(of: retailer, at: author.world.now())
        return try admitted(predicate, at: "/predicate", by: supplier, on: moment)
    }
}

extension Transaction {
    /// Throws with a pointer to each leaf that names a trait which is not in force.
    func refuseUnknownTraits(in predicate: Predicate, at pointer: String, of retailer: RetailerID) throws {
        let names = Set(predicate.criteria.flatMap(\.traitNames)).sorted()
        guard !names.isEmpty else { return }
        let known = try traitRules(of: retailer, named: names)
        let bad = predicate.leaves(at: pointer).flatMap { leaf in
            leaf.criterion.traitNames.filter { known[$0] == nil }.map { name in
                FieldProblem(pointer: leaf.pointer, code: "unknown_trait", detail: "No trait \(name.rawValue) is in force.")
            }
        }
        guard bad.isEmpty else { throw Problem.invalid(bad) }
    }
}
