import EventLog
import HTTPSupport
import HTTPTypes
import Kernel
import OutboundHTTP
import Parties
import Postgres
import Sealing

/// An endpoint's owner edits it; fields that are absent stay. What is queued goes to the new URL, with the new headers. With
/// `v1a` messages are signed by an Ed25519 key too, from now on; without it its keys are forgotten at once.
struct ChangeEndpoint: Sendable {
    let target: EndpointTarget
    let ifMatch: String?
    let url: String?
    let description: String?
    let eventTypes: [String]?
    let ratePerSecond: Int32?
    let batchMax: Int32?
    let headers: OwnHeaders?
    let signsV1a: Bool?

    init(_ fields: Fields, _ call: Call, _ policy: AddressPolicy) throws {
        target = try EndpointTarget(call)
        ifMatch = call.headers[.ifMatch]
        url = fields.has("url") ? fields.endpointURL("url", policy) : nil
        description = fields.stringIfPresent("description", max: 200)
        eventTypes = fields.eventTypesIfPresent("event_types")
        ratePerSecond = fields.integerIfPresent("rate_per_second", in: 1...Endpoint.rateMax).map(Int32.init)
        batchMax = fields.integerIfPresent("batch_max", in: 1...Endpoint.batchMax).map(Int32.init)
        headers = fields.ownHeadersIfPresent("headers")
        signsV1a = fields.boolIfPresent("v1a")
    }

    func run(in tx: borrowing Transaction, by author: Author, _ box: SecretBox) throws -> Endpoint {
        let before = try tx.lock(target)
        if let ifMatch, ifMatch != "*", ifMatch != before.etag { throw EndpointRefusal.changedMeanwhile }
        var endpoint = before
        endpoint.url = url ?? before.url
        endpoint.description = description ?? before.description
        endpoint.eventTypes = eventTypes ?? before.eventTypes
        endpoint.ratePerSecond = ratePerSecond ?? before.ratePerSecond
        endpoint.batchMax = batchMax ?? before.batchMax
        endpoint.headerNames = headers?.names ?? before.headerNames
        let signingKey = signsV1a == true && before.publicKeys.isEmpty ? try SigningKey(in: author.world) : nil
        if let signingKey { endpoint.publicKeys = [signingKey.publicKey] }
        if signsV1a == false { endpoint.publicKeys = [] }
        // Values of headers cannot be compared: naming them is a change.
        guard endpoint != before || headers != nil else { return before }
        endpoint.revision += 1
        try tx.update(endpoint, at: target.retailer, now: author.world.now())
        if let headers { try tx.replace(headers: headers, of: endpoint, at: target.retailer, box, author.world) }
        if let signingKey { try tx.store(signingKey, of: endpoint, at: target.retailer, box, author.world) }
        if signsV1a == false { try tx.expireSigningKeys(of: endpoint.id, at: target.retailer, afterSeconds: 0) }
        try tx.audit(author, "endpoint.changed", about: EventSubject(endpoint.id), before: before, after: endpoint)
        return endpoint
    }
}
