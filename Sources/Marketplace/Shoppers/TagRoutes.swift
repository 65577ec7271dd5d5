import EventLog
import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

/// GET    /v1/retailers/{retailer_id}/tags                                    the lists with their counts
/// POST   /v1/retailers/{retailer_id}/tags/{tag}/members                      `{add, remove}`: put on, take off
/// PUT    /v1/retailers/{retailer_id}/tags/{tag}/members                      `{shopper_ids}`: exactly these
/// PUT    /v1/retailers/{retailer_id}/shoppers/{shopper_id}/tags/{tag}        put one on
/// DELETE /v1/retailers/{retailer_id}/shoppers/{shopper_id}/tags/{tag}        take one off
struct TagRoutes: Sendable {
    /// Members in one request; more come as an import.
    static let membersMax = 5_000

    private let database: Database

    init(_ database: Database) { self.database = database }

    var routes: [Route] {
        let (tags, own) = ("/v1/retailers/{retailer_id}/tags", "/v1/retailers/{retailer_id}/shoppers/{shopper_id}/tags/{tag}")
        let (readers, writers) = (ShopperRoutes.readers, ShopperRoutes.writers)
        return [
            Route(.get, tags, "listTags", access: readers, handle: list),
            Route(.post, tags + "/{tag}/members", "changeTagMembers", access: writers, handle: change),
            Route(.put, tags + "/{tag}/members", "replaceTagMembers", access: writers, handle: replace),
            Route(.put, own, "tagShopper", access: writers, body: BodyRule.none) { call in try await set(call, true) },
            Route(.delete, own, "untagShopper", access: writers) { call in try await set(call, false) },
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, page) = (try call.retailerID(), try call.query(PageRequest.init))
        let tags = try await database.read(as: call.scope) { tx in
            try tx.tagCounts(of: retailer, after: page.after, limit: page.limit + 1)
        }
        return .json(Page(tags, page) { $0.tag })
    }

    private func change(_ call: Call) async throws -> Reply {
        let (retailer, tag) = (try call.retailerID(), try tag(of: call))
        let changes = try call.json { fields in
            let (add, remove) = (fields.members("add"), fields.members("remove"))
            return add.map { TagMembership(tag: tag, shopper: $0) }
                + remove.map { TagMembership(tag: tag, shopper: $0, isMember: false) }
        }
        return try await write(call, tag) { tx in try tx.upsert(changes, of: retailer, at: call.world.now()) }
    }

    private func replace(_ call: Call) async throws -> Reply {
        let (retailer, tag) = (try call.retailerID(), try tag(of: call))
        let members = try call.json { fields in
            if !fields.has("shopper_ids") { fields.refuse("shopper_ids", "required", "Is required.") }
            return fields.members("shopper_ids")
        }
        return try await write(call, tag) { tx in
            try tx.replaceTag(tag, with: members, of: retailer, at: call.world.now())
        }
    }

    private func set(_ call: Call, _ isMember: Bool) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("shopper_id"))
        let membership = TagMembership(tag: try tag(of: call), shopper: id, isMember: isMember)
        return try await call.write(database) { tx in
            if !isMember, try tx.shopper(id, of: retailer) == nil { throw Problem.notFound("shopper") }
            let outcome = try tx.upsert([membership], of: retailer, at: call.world.now())
            if outcome.unchanged == 0 { try tx.audit(call, membership.tag, outcome) }
            return .noContent
        }
    }

    private func write(
        _ call: Call, _ tag: TagName, _ work: @escaping @Sendable (borrowing Transaction) throws -> BatchOutcome
    ) async throws -> Reply {
        try await call.write(database) { tx in
            let outcome = try work(tx)
            if outcome.created + outcome.changed > 0 { try tx.audit(call, tag, outcome) }
            return .json(TagChange(outcome))
        }
    }

    private func tag(of call: Call) throws -> TagName {
        guard let tag = TagName(call.parameters["tag"] ?? "") else {
            throw Problem.invalid([
                FieldProblem(pointer: "{tag}", code: "not_a_tag", detail: "Must be 1 to 64 bytes of clean text.")
            ])
        }
        return tag
    }
}

/// What a change of a list did.
struct TagChange: JSONWritable {
    let added: Int
    let removed: Int
    /// Ids that were to be taken off and that nobody knows.
    let unknown: Int

    init(_ outcome: BatchOutcome) {
        added = outcome.created
        removed = outcome.changed
        unknown = outcome.refused.count
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("added", added)
            json.field("removed", removed)
            json.field("unknown", unknown)
        }
    }
}

extension Fields {
    fileprivate func members(_ name: String) -> [ExternalID] { externalIDsIfPresent(name, max: TagRoutes.membersMax) ?? [] }
}

extension Transaction {
    /// Who is on the list is not audited, only that it changed: an entry must not outlive an erasure.
    fileprivate func audit(_ call: Call, _ tag: TagName, _ outcome: BatchOutcome) throws {
        try audit(Author(call), "tag.changed", about: EventSubject(kind: "tag", id: tag.text), after: TagChange(outcome))
    }
}
