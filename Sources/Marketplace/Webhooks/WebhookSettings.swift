package import OutboundHTTP
package import Sealing

/// What an operator decides about webhooks.
package struct WebhookSettings: Sendable {
    package let secretBox: SecretBox
    /// Where endpoints may be: the public internet over https, or also this machine.
    package let policy: AddressPolicy
    /// Of one request, connecting included; a claim's lease is longer.
    package let requestTimeout: Duration

    package init(
        secretBox: SecretBox, policy: AddressPolicy, requestTimeout: Duration = .seconds(DeliveryLimits.requestSecondsMax)
    ) {
        precondition(requestTimeout < .seconds(DeliveryLimits.leaseSeconds), "a lease outlasts its request")
        self.secretBox = secretBox
        self.policy = policy
        self.requestTimeout = requestTimeout
    }
}
