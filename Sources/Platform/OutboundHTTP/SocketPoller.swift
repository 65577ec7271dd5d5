import CLibcurl
import Glibc

/// What the curl thread sleeps on: the sockets and the timer that libcurl names, and a wake-up. Confined to the thread.
///
/// libcurl's own `perform` asks the system for the state of every request in each round: with 200 under way that was most of
/// the time. Told which sockets are ready, it looks at those alone.
final class SocketPoller {
    private let poller = tradewind_poller_open()
    /// For `LoopHandle`.
    let wakeUp = tradewind_wakeup_open()
    private var watched: Set<Int32> = []
    private var timerAt: ContinuousClock.Instant?
    private var sockets = [Int32](repeating: 0, count: Int(POLLER_READY_MAX))
    private var bits = [Int32](repeating: 0, count: Int(POLLER_READY_MAX))

    init() {
        precondition(poller >= 0 && wakeUp >= 0, "the system has file descriptors left")
        _ = tradewind_poller_watch(poller, wakeUp, CURL_POLL_IN, 0)
    }

    deinit {
        close(poller)
        close(wakeUp)
    }

    /// Lets libcurl name its sockets and its timer.
    func serve(_ multi: UnsafeMutableRawPointer) {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe _ = tradewind_curl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
        unsafe _ = tradewind_curl_multi_set_socket_callback(multi) { _, socket, what, me, _ in
            if let me = unsafe me { unsafe Unmanaged<SocketPoller>.fromOpaque(me).takeUnretainedValue().watch(socket, what) }
            return 0
        }
        unsafe _ = tradewind_curl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
        unsafe _ = tradewind_curl_multi_set_timer_callback(multi) { _, millis, me in
            if let me = unsafe me { unsafe Unmanaged<SocketPoller>.fromOpaque(me).takeUnretainedValue().setTimer(millis) }
            return 0
        }
    }

    private func watch(_ socket: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            if watched.remove(socket) != nil { _ = tradewind_poller_forget(poller, socket) }
        } else {
            let isKnown = !watched.insert(socket).inserted
            // A socket that was closed and came again under its number is not known to the system any more.
            if tradewind_poller_watch(poller, socket, what, isKnown ? 1 : 0) != 0, isKnown {
                _ = tradewind_poller_watch(poller, socket, what, 0)
            }
        }
    }

    private func setTimer(_ millis: Int) { timerAt = millis < 0 ? nil : .now + .milliseconds(millis) }

    /// True once for each time that libcurl asked for and that has come.
    func takeTimer() -> Bool {
        guard let timerAt, timerAt <= .now else { return false }
        self.timerAt = nil
        return true
    }

    /// Sleeps until something is ready, the timer's time, or a wake-up, at most so long; hands each ready socket to `body`.
    func wait(millisMax: Int32, _ body: (_ socket: Int32, _ bits: Int32) -> Void) {
        var timeout = millisMax
        if let timerAt {
            let left = timerAt - .now
            timeout = left <= .zero ? 0 : min(millisMax, Int32(left / .milliseconds(1)) + 1)
        }
        let count = unsafe sockets.withUnsafeMutableBufferPointer { sockets in
            unsafe bits.withUnsafeMutableBufferPointer { bits in
                unsafe tradewind_poller_wait(poller, sockets.baseAddress, bits.baseAddress, timeout)
            }
        }
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            if sockets[index] == wakeUp { tradewind_wakeup_clear(wakeUp) } else { body(sockets[index], bits[index]) }
        }
    }
}
