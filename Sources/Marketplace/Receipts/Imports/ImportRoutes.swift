import Crypto
import EventLog
package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Parties
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/imports/receipts                the file is the body; one route for each kind
/// GET  /v1/retailers/{retailer_id}/imports                         all of them, the newest first
/// GET  /v1/retailers/{retailer_id}/imports/{import_id}             how far one is
/// GET  /v1/retailers/{retailer_id}/imports/{import_id}/rejects     its rejected lines as NDJSON
///
/// Not `Idempotency-Key` of the request pipeline: the key names the import, and the same file sent again under it goes
/// on after the last committed chunk.
package final class ImportRoutes: Sendable {
    private let database: Database
    private let kinds: ImportKinds
    private let limits: ImportLimits
    /// Those that are at work on this node, of a retailer and of all (nil).
    private let places = Turnstile<RetailerID?>()

    package init(_ database: Database, _ kinds: ImportKinds, limits: ImportLimits = ImportLimits()) {
        self.database = database
        self.kinds = kinds
        self.limits = limits
    }

    private static let path = "/v1/retailers/{retailer_id}/imports"

    package var routes: [Route] {
        kinds.words.map { word in
            Route(
                .post, "\(Self.path)/\(word.rawValue)", word.operation, access: .retailer(.admin, .feed),
                body: .stream(bytesMax: limits.bytesMax)
            ) { [self] call in try await load(word, call) }
        } + [
            Route(.get, Self.path, "listImports", access: Self.readers, handle: list),
            Route(.get, Self.path + "/{import_id}", "getImport", access: Self.readers, handle: show),
            Route(.get, Self.path + "/{import_id}/rejects", "getImportRejects", access: Self.readers, handle: rejects),
        ]
    }

    private static let readers = Access.retailer(.admin, .analyst, .feed)

    private func load(_ word: ImportWord, _ call: Call) async throws -> Reply {
        guard let kind = kinds.make(word) else { throw ImportFault.unknownKind }
        let place = try enter(try call.retailerID())
        defer { withExtendedLifetime(place) {} }
        return try await load(kind, call)
    }

    private func enter(_ retailer: RetailerID) throws -> Turnstile<RetailerID?>.Pass {
        do {
            return try places.enter([.init(nil, max: limits.runningMax), .init(retailer, max: limits.runningOfTenantMax)])
        } catch {
            throw ImportFault.tooManyRunning
        }
    }

    private func load<Kind: ImportKind>(_ kind: Kind, _ call: Call) async throws -> Reply {
        let request = try call.importRequest()
        let target = ImportTarget(database, try call.retailerID(), in: call.world)
        // Before its first chunk is taken over: what came in stays, whatever breaks afterwards.
        try await database.transaction(as: call.scope) { tx in
            try tx.audit(Author(call), "import.sent", about: EventSubject(request.id))
        }
        let run = RunImport(kind, to: target, isGzip: try call.isGzip(), limits: limits)
        do {
            return .json(try await run.run(request, from: call.bodyChunks(bytesMax: limits.bytesMax)))
        } catch let fault as ImportFault {
            var problem = fault.problem
            problem.detail = [problem.detail, "The import is \(request.id)."].compactMap(\.self).joined(separator: " ")
            throw problem
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, kind) = try call.query { (PageRequest($0), $0.wordIfPresent("kind", ImportWord.self)) }
        let before = try page.id(ImportID.self)
        let imports = try await database.read(as: call.scope) { tx in
            try tx.imports(of: retailer, before: before, kind: kind, limit: page.limit + 1)
        }
        return .json(Page(imports, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply { .json(try await found(call)) }

    private func found(_ call: Call) async throws -> Import {
        let (retailer, id): (_, ImportID) = (try call.retailerID(), try call.id("import_id"))
        let load = try await database.read(as: call.scope) { tx in try tx.bulkImport(id, of: retailer) }
        guard let load else { throw ImportFault.notAnImport }
        return load
    }

    /// In pages, each a short transaction.
    private func rejects(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try await found(call).id)
        let (database, scope) = (database, call.scope)
        return .ndjson { last in
            try await database.read(as: scope) { tx in try tx.rejects(of: id, after: last?.line ?? 0, limit: 500, retailer) }
        }
    }
}

extension ImportWord {
    /// The contract's name of the operation: `importPriceBounds`.
    fileprivate var operation: String {
        "import" + rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

extension Call {
    /// Which import the body belongs to: `?import_id` of one that was begun, the one of the `Idempotency-Key`, or a new one.
    fileprivate func importRequest() throws -> ImportRequest {
        let (given, name) = try query { fields in
            (fields.idIfPresent("import_id", ImportID.self), fields.stringIfPresent("name", max: 200) ?? "")
        }
        let format = try importFormat()
        if let given { return ImportRequest(id: given, mustExist: true, format: format, name: name) }
        guard let key = headers[.idempotencyKey] else {
            return ImportRequest(id: world.newID(), format: format, name: name)
        }
        guard (1...Limits.idempotencyKeyCharactersMax).contains(key.utf8.count) else { throw IdempotencyRefusal.keyMalformed }
        let hash = Array(SHA256.hash(data: Array("import \(principal.organisation.id) \(key)".utf8)).prefix(16))
        guard let id = Identifier(bytes: hash) else { preconditionFailure("16 bytes are an id") }
        return ImportRequest(id: ImportID(id), format: format, name: name)
    }

    private func importFormat() throws -> ImportFormat {
        let type = (headers[.contentType] ?? "").lowercased().prefix { $0 != ";" }
        switch type {
        case "application/x-ndjson", "application/ndjson": return .ndjson
        case "text/csv": return .csv
        default:
            throw Problem(415, "unsupported_media_type", "The body must be application/x-ndjson or text/csv.")
        }
    }

    fileprivate func isGzip() throws -> Bool {
        switch headers[.contentEncoding]?.lowercased() {
        case nil, "identity": false
        case "gzip": true
        default: throw ImportFault.unsupportedEncoding
        }
    }
}
