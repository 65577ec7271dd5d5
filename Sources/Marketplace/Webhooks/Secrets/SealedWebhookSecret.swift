import Kernel
import Sealing

/// An endpoint's secret under the master key, bound to its endpoint.
extension SecretBox {
    func seal(_ secret: WebhookSecret, for endpoint: EndpointID, in world: OutsideWorld) throws -> SealedSecret {
        try seal(secret.bytes, for: endpoint.value.bytes, in: world)
    }

    func open(_ sealed: SealedSecret, for endpoint: EndpointID) throws -> WebhookSecret {
        WebhookSecret(bytes: try open(sealed, for: endpoint.value.bytes))
    }
}
