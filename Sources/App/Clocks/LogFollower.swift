import EventLog
import Kernel
import ServiceLifecycle
import Webhooks

/// Keeps what is in the memory of this node current: looks soon after somebody wrote on this node, and twice a second in any
/// case, since others write on other nodes.
struct LogFollower: Service {
    static let restMillis: Int64 = 500
    /// After a write there are often more: so long all of them are waited for.
    static let gatherMillis: Int64 = 100

    let hint: LogHint
    /// Looks again and again until its task is cancelled; between two looks it waits for `rest`.
    let follow: @Sendable (_ rest: () async -> Void) async -> Void

    init(hint: LogHint, follow: @escaping @Sendable (_ rest: () async -> Void) async -> Void) {
        self.hint = hint
        self.follow = follow
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await hint.withListener { listener in
                await follow {
                    let woken = await listener.sleep(atMost: .milliseconds(Self.restMillis))
                    if !woken.isEmpty { try? await Task.sleep(for: .milliseconds(Self.gatherMillis)) }
                }
            }
        }
    }
}
