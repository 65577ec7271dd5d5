package import App
package import Audiences
package import Checkout
package import HTTPSupport
package import HTTPTypes
package import JSONText
package import Kernel
import Logging
package import Offers
package import Parties
package import Postgres
import Profiles
package import Receipts
import SystemPackage
package import Tenancy
package import Webhooks

/// The whole service on a free port of loopback, over a real database, with a clock that the test sets. Each test has
/// its own and makes its own retailers in it; the database is shared unless a test brings another.
package struct TestMarket: Sendable {
    package let database: Database
    package let clock: TestClock
    package let client: TestClient
    /// A key of the platform's administrator.
    package let platform: KeyToken
    package let marketplace: Marketplace

    /// Runs `body` against a served marketplace and stops it afterwards. Suppliers' numbers are of everybody unless a test
    /// asks for a sample: its towns are small.
    package static func run<Value>(
        on database: Database? = nil, clock: TestClock = TestClock(), limits: Limits = .unhurried,
        importLimits: ImportLimits = ImportLimits(), webhooks: WebhookSettings = .test, crossOrigin: CrossOrigin = .off,
        commits: CommitBounds = CommitBounds(), audienceIndex: IndexBounds = .off, offers: OfferBounds = .off,
        supplierSample: Int32 = 1,
        _ body: (TestMarket) async throws -> Value
    ) async throws -> Value {
        let database = if let database { database } else { try await TestDatabase.open() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var settings = NodeSettings(
            environment: .test, limits: limits, webhooks: webhooks, quoteKey: .test, reference: try Self.reference.get())
        (settings.supplierSample, settings.crossOrigin, settings.importLimits) = (supplierSample, crossOrigin, importLimits)
        (settings.commits, settings.audienceIndex, settings.offers) = (commits, audienceIndex, offers)
        let marketplace = Marketplace(database, settings, world: clock.world, logger: logger, readiness: Readiness())
        return try await TestServer.run(marketplace.table, through: marketplace.pipeline, limits) { client in
            let market = TestMarket(
                database: database, clock: clock, client: client, platform: try await key(.platform, database, clock),
                marketplace: marketplace)
            return try await body(market)
        }
    }

    /// Read once for all tests.
    private static let reference = Result { try ReferenceFiles(in: TestDatabase.repositoryFolder.appending("Contracts")) }

    private static func key(
        _ organisation: Organisation, person: PersonID? = nil, _ database: Database, _ clock: TestClock
    ) async throws -> KeyToken {
        let author = Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .platform, requestID: "test", world: clock.world)
        return try await database.transaction(as: .platform) { tx in
            try IssueKey(name: "test", organisation: organisation, person: person).run(in: tx, by: author, .test).token
        }
    }
}

extension Limits {
    /// A test's clock stands still, so that no token ever comes back: rates are for tests of rates.
    package static let unhurried: Limits = {
        var limits = Limits()
        let plenty = Rate(perSecond: 1_000_000, burst: 1_000_000)
        limits.hot = ClassRates(key: plenty, tenant: plenty)
        limits.usual = limits.hot
        limits.heavy = limits.hot
        limits.failures = plenty
        limits.heavyRequestsMax = 1_000
        limits.heavyRequestsOfTenantMax = 1_000
        limits.requestSecondsMax = 120
        return limits
    }()
}

extension TestMarket {
    /// Whether suppliers' numbers are computed from a shopper, by key, where the market has a sample of one in so many and its
    /// secrets are the usual ones.
    package func sample(of retailer: RetailerID, oneIn: Int32) async throws -> @Sendable (Int64) -> Bool {
        let world = clock.world
        let sample = try await database.transaction(as: .retailer(retailer)) { tx in
            try SupplierSampling(.stored(WebhookSettings.test.secretBox), oneIn: oneIn).sample(of: retailer, in: tx, world)
        }
        return { sample?.contains($0) ?? true }
    }

    /// A key of an organisation with these roles.
    package func key(_ organisation: Organisation, person: PersonID? = nil) async throws -> KeyToken {
        try await Self.key(organisation, person: person, database, clock)
    }

    package func key(of retailer: RetailerID, _ roles: RetailerRole...) async throws -> KeyToken {
        try await key(.retailer(retailer, Set(roles)))
    }

    package func key(of supplier: SupplierID, _ roles: SupplierRole...) async throws -> KeyToken {
        try await key(.supplier(supplier, Set(roles)))
    }

    /// A new retailer in Moscow that counts in roubles.
    package func makeRetailer(currency: String = "RUB", zone: String = "Europe/Moscow") async throws -> RetailerID {
        let reply = try await post(
            "/v1/retailers", as: platform,
            ["name": "Grocer", "currency": .string(currency), "zone": .string(zone), "language": "ru"])
        return try reply.id()
    }

    package func makeSupplier() async throws -> SupplierID {
        try await post("/v1/suppliers", as: platform, ["name": "Dairy"]).id()
    }

    package func get(_ path: String, as key: KeyToken?, headers: [(String, String)] = []) async throws -> TestClient.Reply {
        try await send(.get, path, as: key, nil, headers: headers)
    }

    package func post(
        _ path: String, as key: KeyToken?, _ body: JSONValue = [:], headers: [(String, String)] = []
    ) async throws -> TestClient.Reply {
        try await send(.post, path, as: key, body, headers: headers)
    }

    package func patch(
        _ path: String, as key: KeyToken?, _ body: JSONValue, headers: [(String, String)] = []
    ) async throws -> TestClient.Reply {
        try await send(.patch, path, as: key, body, headers: headers)
    }

    package func put(
        _ path: String, as key: KeyToken?, _ body: JSONValue, headers: [(String, String)] = []
    ) async throws -> TestClient.Reply {
        try await send(.put, path, as: key, body, headers: headers)
    }

    package func delete(_ path: String, as key: KeyToken?, headers: [(String, String)] = []) async throws -> TestClient.Reply {
        try await send(.delete, path, as: key, nil, headers: headers)
    }

    /// Sends a file as the body of a POST.
    package func upload(
        _ path: String, as key: KeyToken?, _ body: [UInt8], type: String, headers: [(String, String)] = []
    ) async throws -> TestClient.Reply {
        var all = headers + [("Content-Type", type)]
        if let key { all.append(("Authorization", "Bearer \(key.text)")) }
        let reply = try await client.send(.post, path, headers: all, body: body)
        let isAudited = try await isAudited(.post, path, reply, by: key)
        Exchanges.record(.post, path, request: nil, reply, isAudited: isAudited)
        return reply
    }

    package func send(
        _ method: HTTPRequest.Method, _ path: String, as key: KeyToken?, _ body: JSONValue?, headers: [(String, String)] = []
    ) async throws -> TestClient.Reply {
        var all = headers
        if let key { all.append(("Authorization", "Bearer \(key.text)")) }
        if body != nil { all.append(("Content-Type", "application/json")) }
        let reply = try await client.send(method, path, headers: all, body: body?.jsonBytes ?? [])
        let isAudited = try await isAudited(method, path, reply, by: key)
        Exchanges.record(method, path, request: body, reply, isAudited: isAudited)
        return reply
    }
}

extension TestClient.Reply {
    /// The id of the thing that was created.
    package func id<Kind>(_ type: TypedID<Kind>.Type = TypedID<Kind>.self) throws -> TypedID<Kind> {
        guard let id = json["id"].string.flatMap(TypedID<Kind>.init) else { throw UnexpectedReply(status: status, body: text) }
        return id
    }
}

package struct UnexpectedReply: Error {
    package let status: Int
    package let body: String

    package init(status: Int, body: String) {
        self.status = status
        self.body = body
    }
}
