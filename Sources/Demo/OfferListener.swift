import Crypto
import HTTPTypes
import Hummingbird
import JSONText
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Webhooks

/// The retailer's endpoint: takes webhooks on loopback, verifies each signature by itself as Standard Webhooks says, and
/// keeps whose offers were told.
final class OfferListener: Sendable {
    static let bodyBytesMax = 512 * 1024

    private struct State {
        var secret: [UInt8] = []
        var messages: Set<String> = []
        var badSignatures = 0
        var shoppers: Set<String> = []
        var published = 0
    }

    private let state = Mutex(State())

    /// `whsec_...`, as it was shown once.
    func trust(_ secret: String) {
        let bytes = Base64.decode(String(secret.dropFirst("whsec_".count))) ?? []
        state.withLock { $0.secret = bytes }
    }

    var messages: Int { state.withLock { $0.messages.count } }
    var badSignatures: Int { state.withLock { $0.badSignatures } }
    var published: Int { state.withLock { $0.published } }
    /// The ids of the shoppers whose offers were told.
    var shoppers: Set<String> { state.withLock { $0.shoppers } }

    func service(_ logger: Logger, onRunning: @escaping @Sendable (Int) -> Void) -> some Service {
        let router = Router()
        router.post("/hooks") { [self] request, _ in
            let body = try await request.body.collect(upTo: Self.bodyBytesMax)
            return take(request.headers, Array(buffer: body))
        }
        return Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in onRunning(channel.localAddress?.port ?? 0) }, logger: logger)
    }

    private func take(_ headers: HTTPFields, _ body: [UInt8]) -> HTTPResponse.Status {
        state.withLock { state in
            guard let id = headers.value("webhook-id"), Self.verifies(headers, id, body, state.secret) else {
                state.badSignatures += 1
                return .badRequest
            }
            guard state.messages.insert(id).inserted, let message = try? JSONReader.parse(body) else { return .noContent }
            guard message.text("type") == "offers.published" else { return .noContent }
            state.published += 1
            for shopper in message.elements("data", "shoppers") {
                if case .string(let id)? = shopper.elements("shopper_ids").first { state.shoppers.insert(id) }
            }
            return .noContent
        }
    }

    /// HMAC-SHA256 over `id.timestamp.body`; any of the signatures may be it.
    private static func verifies(_ headers: HTTPFields, _ id: String, _ body: [UInt8], _ secret: [UInt8]) -> Bool {
        guard let time = headers.value("webhook-timestamp"), let signatures = headers.value("webhook-signature") else {
            return false
        }
        let signed = Array("\(id).\(time).".utf8) + body
        return signatures.split(separator: " ").contains { signature in
            guard signature.hasPrefix("v1,"), let code = Base64.decode(String(signature.dropFirst(3))) else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: SymmetricKey(data: secret))
        }
    }
}

extension HTTPFields {
    fileprivate func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
