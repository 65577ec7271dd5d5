package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Parties
package import Postgres
import Tenancy

/// PUT    /v1/retailers/{retailer_id}/traits/{trait}   define or change
/// GET    /v1/retailers/{retailer_id}/traits/{trait}   one, with its size
/// GET    /v1/retailers/{retailer_id}/traits           all, with their sizes; a supplier sees names and descriptions
/// DELETE /v1/retailers/{retailer_id}/traits/{trait}   switch off
/// GET    /v1/retailers/{retailer_id}/segments         the RFM segments with their sizes
package struct TraitRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let (all, one) = ("/v1/retailers/{retailer_id}/traits", "/v1/retailers/{retailer_id}/traits/{trait}")
        let readers = Access.retailer(.admin, .marketer, .approver, .analyst)
        return [
            Route(.put, one, "putTrait", access: .retailer(.admin, .marketer), handle: put),
            Route(.get, one, "getTrait", access: readers, handle: show),
            Route(.get, all, "listTraits", access: readers | .anySupplierRole, handle: list),
            Route(.delete, one, "deactivateTrait", access: .retailer(.admin, .marketer), handle: deactivate),
            Route(.get, "/v1/retailers/{retailer_id}/segments", "listSegments", access: readers, handle: segments),
        ]
    }

    private func put(_ call: Call) async throws -> Reply {
        let (retailer, name) = (try call.retailerID(), try newName(call))
        let command = try call.json { SaveTrait($0, name, of: retailer) }
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, name) = (try call.retailerID(), try knownName(call))
        let now = call.world.now()
        let sized = try await database.read(as: call.scope) { tx -> SizedTrait? in
            guard let trait = try tx.trait(name, of: retailer) else { return nil }
            return try tx.sized([trait], on: tx.profileMoment(of: retailer, at: now))[0]
        }
        guard let sized else { throw Problem.notFound("trait") }
        return .json(sized)
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let page = try call.query(PageRequest.init)
        let now = call.world.now()
        let mayCount = if case .supplier = call.principal.organisation { false } else { true }
        let traits = try await database.read(as: call.scope) { tx in
            let traits = try tx.traits(of: retailer, after: page.after.flatMap(TraitName.init), limit: page.limit + 1)
            return mayCount
                ? try tx.sized(traits, on: tx.profileMoment(of: retailer, at: now)) : traits.map { SizedTrait($0, nil) }
        }
        guard !mayCount else { return .json(Page(traits, page) { $0.trait.name.rawValue }) }
        return .json(Page(traits.map(NamedTrait.init), page) { $0.trait.name.rawValue })
    }

    private func deactivate(_ call: Call) async throws -> Reply {
        let command = DeactivateTrait(retailer: try call.retailerID(), name: try knownName(call))
        return try await call.write(database) { tx in
            try command.run(in: tx, by: Author(call))
            return .noContent
        }
    }

    private func segments(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let now = call.world.now()
        let answer = try await database.read(as: call.scope) { tx in
            let moment = try tx.profileMoment(of: retailer, at: now)
            return SegmentList(asOf: moment.asOf, segments: try tx.segmentSizes(on: moment))
        }
        return .json(answer)
    }

    private func newName(_ call: Call) throws -> TraitName {
        guard let name = call.parameters["trait"].flatMap(TraitName.init) else {
            throw Problem.invalid([
                FieldProblem(
                    pointer: "{trait}", code: "bad_trait_name",
                    detail: "Must be a lower-case letter, then at most 63 of a-z, 0-9 and _.")
            ])
        }
        return name
    }

    private func knownName(_ call: Call) throws -> TraitName {
        guard let name = call.parameters["trait"].flatMap(TraitName.init) else { throw Problem.notFound("trait") }
        return name
    }
}

/// A trait with the number of its shoppers.
private struct SizedTrait: JSONWritable {
    let trait: Trait
    let shoppers: Int64?

    init(_ trait: Trait, _ shoppers: Int64?) {
        self.trait = trait
        self.shoppers = shoppers
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            trait.writeMembers(to: &json)
            json.field("shoppers", shoppers)
        }
    }
}

/// What a supplier sees of a trait: enough to name it in a predicate, and no count.
private struct NamedTrait: JSONWritable {
    let trait: Trait

    init(_ sized: SizedTrait) { trait = sized.trait }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("name", trait.name)
            json.field("description", trait.description)
            json.field("is_active", trait.isActive)
        }
    }
}

private struct SegmentList: JSONWritable {
    let asOf: BusinessDay
    let segments: [SegmentSize]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("as_of", asOf)
            json.field("data", segments)
        }
    }
}

extension Transaction {
    fileprivate func sized(_ traits: [Trait], on moment: ProfileMoment) throws -> [SizedTrait] {
        let active = traits.filter(\.isActive)
        let sizes = Dictionary(
            uniqueKeysWithValues: zip(active.map(\.name), try sizes(of: active.map(\.rule), on: moment)))
        return traits.map { SizedTrait($0, sizes[$0.name] ?? 0) }
    }
}
