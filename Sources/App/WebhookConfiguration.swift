package import Kernel
import OutboundHTTP
package import Webhooks

extension Configuration {
    /// What the operator decided about webhooks.
    package func webhooks(in world: OutsideWorld) throws -> WebhookSettings {
        WebhookSettings(
            secretBox: try SecretKey.box(self, in: world), policy: webhooksAllowLoopback ? .development : .production)
    }
}
