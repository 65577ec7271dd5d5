package import OutboundHTTP
package import Webhooks

extension WebhookSettings {
    /// Receivers on this machine, and a master key that everybody knows.
    package static let test = WebhookSettings.test(policy: .development)

    package static func test(policy: AddressPolicy) -> WebhookSettings {
        WebhookSettings(secretBox: try! SecretBox(masterKey: [UInt8](repeating: 7, count: 32)), policy: policy)
    }
}
