package import OutboundHTTP
import Sealing
package import Webhooks

extension WebhookSettings {
    /// Receivers on this machine, and a master key that everybody knows.
    package static let test = WebhookSettings.test(policy: .development)

    package static func test(policy: AddressPolicy) -> WebhookSettings {
        guard let box = try? SecretBox(masterKey: [UInt8](repeating: 7, count: SecretBox.keyBytes)) else {
            preconditionFailure("the key has the right length")
        }
        return WebhookSettings(secretBox: box, policy: policy)
    }
}
