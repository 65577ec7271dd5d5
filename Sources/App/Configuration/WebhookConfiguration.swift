import OutboundHTTP
package import Webhooks

extension Configuration {
    /// What the operator decided about webhooks.
    package func webhooks(_ keys: MasterKeys) -> WebhookSettings {
        WebhookSettings(secretBox: keys.box, policy: webhooksAllowLoopback ? .development : .production)
    }
}
