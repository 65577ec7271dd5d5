import CLibcurl

/// The loop around libcurl's multi handle. Confined to its thread.
///
/// A round takes what arrived, lets libcurl begin it, and resumes what is done; then it sleeps until a socket, a timeout
/// or a wake-up, and lets libcurl go on with what is ready.
@safe final class CurlLoop {
    /// How long a round sleeps when nothing happens at all; libcurl wakes earlier for its own timeouts.
    private static let sleepMillisMax: Int32 = 60_000

    private let policy: AddressPolicy
    private let limits: OutboundLimits
    private let mailbox: Mailbox
    private let resolver: Resolver?
    private let multi: UnsafeMutableRawPointer
    private let poller = SocketPoller()
    private var inFlight: [UInt64: Transfer] = [:]
    /// Handles of requests that are done, without options: making one costs more than what it is used for.
    private var idle: [UnsafeMutableRawPointer] = unsafe []

    static func start(policy: AddressPolicy, limits: OutboundLimits, mailbox: Mailbox, resolver: Resolver? = nil) {
        precondition(Self.isReady, "libcurl starts")
        CurlThread.start {
            let loop = CurlLoop(policy: policy, limits: limits, mailbox: mailbox, resolver: resolver)
            loop.run()
        }
    }

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private init(policy: AddressPolicy, limits: OutboundLimits, mailbox: Mailbox, resolver: Resolver?) {
        guard let multi = unsafe curl_multi_init() else { preconditionFailure("libcurl has no memory for a loop") }
        self.policy = policy
        self.limits = limits
        self.mailbox = mailbox
        self.resolver = resolver
        unsafe self.multi = unsafe multi
        // Idle connections kept; libcurl's own default grows with what was ever in flight.
        unsafe _ = tradewind_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.inFlightMax)
        unsafe poller.serve(multi)
    }

    private func run() {
        mailbox.begin(LoopHandle(wakeUp: poller.wakeUp))
        while round() {}
        mailbox.detach()
        unsafe idle.forEach { unsafe curl_easy_cleanup($0) }
        unsafe _ = curl_multi_cleanup(multi)
        mailbox.end()
    }

    /// False when the mailbox is closed and everything in it has its outcome.
    private func round() -> Bool {
        let work = mailbox.take(placesFree: limits.inFlightMax - inFlight.count)
        guard !work.isClosed else {
            for submission in work.arrived { submission.abandon(.closed) }
            for id in Array(inFlight.keys) { abandon(id, .closed) }
            return false
        }
        for submission in work.arrived { begin(submission) }
        for id in work.cancelled { abandon(id, .cancelled) }
        var running: Int32 = 0
        // No socket stands for the timer.
        if poller.takeTimer() { unsafe _ = curl_multi_socket_action(multi, CURL_SOCKET_BAD, 0, &running) }
        // A place became free: look for who waits before sleeping.
        guard finishDone() == 0 else { return true }
        poller.wait(millisMax: Self.sleepMillisMax) { socket, bits in
            unsafe _ = curl_multi_socket_action(multi, socket, bits, &running)
        }
        finishDone()
        return true
    }

    private func begin(_ submission: Submission) {
        guard let easy = unsafe idle.popLast() ?? curl_easy_init() else {
            preconditionFailure("libcurl has no memory for a request")
        }
        let transfer = unsafe Transfer(submission, on: easy, policy: policy, limits: limits, resolver: resolver)
        inFlight[submission.id] = transfer
        guard transfer.prepare(), unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else {
            inFlight[submission.id] = nil
            unsafe putAway(easy)
            transfer.finish(OutboundOutcome(failed: .http, "The request could not be prepared."))
            return
        }
    }

    /// Its connections stay with the loop.
    private func putAway(_ easy: UnsafeMutableRawPointer) {
        unsafe curl_easy_reset(easy)
        unsafe idle.append(easy)
    }

    private func abandon(_ id: UInt64, _ reason: OutboundOutcome.Abandonment) {
        guard let transfer = inFlight.removeValue(forKey: id) else { return }
        unsafe _ = curl_multi_remove_handle(multi, transfer.easy)
        unsafe putAway(transfer.easy)
        transfer.finish(OutboundOutcome(abandoned: reason))
    }

    /// Resumes what libcurl is done with and returns how many those were.
    @discardableResult
    private func finishDone() -> Int {
        var count = 0
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            // The message is freed with the handle's removal: read it first.
            let code = unsafe message.pointee.data.result
            guard let easy = unsafe message.pointee.easy_handle else { continue }
            var id: UnsafeMutablePointer<CChar>?
            unsafe _ = tradewind_curl_get_string(easy, CURLINFO_PRIVATE, &id)
            let key = UInt64(UInt(bitPattern: id))
            guard let transfer = inFlight.removeValue(forKey: key) else { continue }
            let outcome = transfer.outcome(code)
            unsafe _ = curl_multi_remove_handle(multi, easy)
            unsafe putAway(easy)
            transfer.finish(outcome)
            count += 1
        }
        return count
    }
}
