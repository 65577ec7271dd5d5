/// Sends POSTs from one thread of its own, many at once, with one address policy.
///
/// No redirect is followed, no proxy is taken from the environment, and the receiver can take neither time nor memory
/// beyond the limits. Every request gets exactly one outcome, also when the client is closed or the task cancelled.
package final class OutboundClient: Sendable {
    package let policy: AddressPolicy
    private let urls: CheckedURLs
    private let mailbox: Mailbox

    package convenience init(policy: AddressPolicy, limits: OutboundLimits = OutboundLimits()) {
        self.init(policy: policy, limits: limits, resolver: nil)
    }

    /// - Parameter resolver: answers in place of the system's; nil is the system's.
    init(policy: AddressPolicy, limits: OutboundLimits = OutboundLimits(), resolver: Resolver?) {
        precondition(limits.inFlightMax > 0 && limits.waitingMax > 0, "a client without places sends nothing")
        self.policy = policy
        urls = CheckedURLs(policy)
        mailbox = Mailbox(waitingMax: limits.waitingMax)
        CurlLoop.start(policy: policy, limits: limits, mailbox: mailbox, resolver: resolver)
    }

    /// Stops the thread without waiting for it. Whoever waits for an outcome holds the client, so none is in flight.
    deinit { mailbox.close(onEnded: nil) }

    package func post(_ request: OutboundRequest) async -> OutboundOutcome {
        if let refused = refusal(of: request.url) { return refused }
        let id = mailbox.nextID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                mailbox.submit(Submission(id: id, request: request, continuation: continuation))
                // The handler may have run before there was anything to cancel.
                if Task.isCancelled { mailbox.cancel(id) }
            }
        } onCancel: {
            mailbox.cancel(id)
        }
    }

    /// Ends the thread. What is waiting or in flight is abandoned; so is what comes later.
    package func close() async {
        await withCheckedContinuation { continuation in
            mailbox.close { continuation.resume() }
        }
    }

    /// libcurl would accept some URLs that `check(url:)` refuses, with a user name for instance.
    private func refusal(of url: String) -> OutboundOutcome? {
        do {
            try urls.check(url)
            return nil
        } catch .blocked(let purpose) {
            return OutboundOutcome(failed: .blockedAddress, BlockReason.range(purpose).message)
        } catch .internalName {
            return OutboundOutcome(failed: .blockedAddress, BlockReason.internalName.message)
        } catch {
            return OutboundOutcome(failed: .http, "The URL is not allowed: \(error.code).")
        }
    }
}

extension OutboundOutcome {
    package init(failed kind: OutboundFailure.Kind, _ message: String) {
        self.init(
            result: .failed(OutboundFailure(kind: kind, message: message)), durations: OutboundDurations(),
            remoteAddress: nil)
    }

    init(abandoned reason: Abandonment) {
        self.init(result: .abandoned(reason), durations: OutboundDurations(), remoteAddress: nil)
    }
}
