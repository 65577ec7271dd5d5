import EventLog
import HTTPSupport
package import Kernel
import OutboundHTTP
package import Parties
package import Postgres
package import Sealing
import Tenancy

/// A retailer or a supplier names a URL for its events. Events from now on are for it; the secret is in this answer and
/// never again.
package struct CreateEndpoint: Sendable {
    let retailer: RetailerID
    let owner: EndpointOwner
    let url: String
    let description: String?
    let eventTypes: [String]
    let ratePerSecond: Int32
    let batchMax: Int32
    let headers: OwnHeaders
    /// Messages are signed with an Ed25519 key too.
    let signsV1a: Bool

    /// A retailer's own, for what runs without HTTP; `url` is taken as it is.
    package init(at retailer: RetailerID, url: String, eventTypes: [String], ratePerSecond: Int32 = Endpoint.rateDefault) {
        self.retailer = retailer
        self.url = url
        self.eventTypes = eventTypes
        self.ratePerSecond = ratePerSecond
        (owner, description, batchMax, headers, signsV1a) = (nil, nil, 1, .none, false)
    }

    init(_ fields: Fields, _ call: Call, _ policy: AddressPolicy) throws {
        retailer = try call.retailerID()
        owner = call.endpointOwner
        url = fields.endpointURL("url", policy)
        description = fields.stringIfPresent("description", max: 200)
        eventTypes = fields.eventTypesIfPresent("event_types") ?? []
        ratePerSecond =
            fields.integerIfPresent("rate_per_second", in: 1...Endpoint.rateMax).map(Int32.init) ?? Endpoint.rateDefault
        batchMax = fields.integerIfPresent("batch_max", in: 1...Endpoint.batchMax).map(Int32.init) ?? 1
        headers = fields.ownHeadersIfPresent("headers") ?? .none
        signsV1a = fields.boolIfPresent("v1a") ?? false
    }

    @discardableResult
    package func run(
        in tx: borrowing Transaction, by author: Author, _ box: SecretBox
    ) throws -> EndpointWithSecret {
        guard try tx.retailer(retailer) != nil else { throw Problem.notFound("retailer") }
        guard try tx.endpointCount(of: owner, at: retailer) < Endpoint.perOwnerMax else { throw EndpointRefusal.tooMany }
        let signingKey = signsV1a ? try SigningKey(in: author.world) : nil
        let endpoint = Endpoint(
            id: author.world.newID(), supplier: owner, url: url, description: description, eventTypes: eventTypes,
            ratePerSecond: ratePerSecond, batchMax: batchMax, headerNames: headers.names,
            publicKeys: signingKey.map { [$0.publicKey] } ?? [], state: .enabled, disabledReason: nil, revision: 1,
            createdAt: author.world.now(), lastSuccessAt: nil, lastFailureAt: nil, failingSince: nil)
        let secret = WebhookSecret(in: author.world)
        try tx.insert(endpoint, of: retailer)
        try tx.store(secret, of: endpoint, at: retailer, box, author.world)
        if let signingKey { try tx.store(signingKey, of: endpoint, at: retailer, box, author.world) }
        try tx.replace(headers: headers, of: endpoint, at: retailer, box, author.world)
        try tx.audit(author, "endpoint.created", about: EventSubject(endpoint.id), after: endpoint)
        let head = try tx.lockLogHead(of: retailer)
        try tx.openPeriod(of: endpoint, at: retailer, after: head)
        return EndpointWithSecret(endpoint: endpoint, secret: secret)
    }
}

extension Transaction {
    func store(
        _ secret: WebhookSecret, of endpoint: Endpoint, at retailer: RetailerID, _ box: SecretBox, _ world: OutsideWorld
    ) throws {
        let sealed = try box.seal(secret, for: endpoint.id, in: world)
        let id = Identifier(at: world.now(), random: (world.random(), world.random()))
        try insertSecret(id, sealed, of: endpoint, at: retailer)
    }
}

extension Fields {
    /// A URL that the address policy could let through; what its name resolves to is decided when it is connected to.
    func endpointURL(_ name: String, _ policy: AddressPolicy) -> String {
        let url = string(name, max: AddressPolicy.urlBytesMax)
        guard !url.isEmpty else { return url }
        do throws(AddressPolicy.Refusal) {
            try policy.check(url: url)
        } catch {
            refuse(name, error.code, "Is not a URL that events may be sent to.")
        }
        return url
    }
}

extension Call {
    /// The platform acts for the retailer.
    var endpointOwner: EndpointOwner {
        guard case .supplier(let supplier, at: _) = scope else { return nil }
        return supplier
    }
}
