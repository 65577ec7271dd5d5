package import OutboundHTTP
package import Sealing

/// What an operator decides about webhooks.
package struct WebhookSettings: Sendable {
    package let secretBox: SecretBox
    /// Where endpoints may be: the public internet over https, or also this machine.
    package let policy: AddressPolicy

    package init(secretBox: SecretBox, policy: AddressPolicy) {
        self.secretBox = secretBox
        self.policy = policy
    }
}
