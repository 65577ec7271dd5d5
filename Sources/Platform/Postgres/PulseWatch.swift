import Glibc

/// Asks PostgreSQL for a sign of life twice a second on a connection of its own, and judges its silence. An answer to
/// anybody is a sign: a server that is busy is not away.
struct PulseWatch: Sendable {
    static let pingMillis: UInt32 = 500
    static let judgeMillis: UInt32 = 100

    let pulse: Pulse
    let queue: WorkQueue
    let configuration: DatabaseConfiguration
    let silenceMax: Duration

    /// Both threads end soon after the pulse is closed.
    func start() {
        Thread.start { ping() }
        Thread.start { judge() }
    }

    private func ping() {
        var connection: Connection?
        while !pulse.isClosed {
            do {
                if connection?.isBroken ?? true { connection = try Connection(configuration, pulse) }
                try connection?.command("SELECT 1")
                pulse.declareBack()
            } catch {
                connection = nil
            }
            usleep(Self.pingMillis * 1_000)
        }
    }

    /// Silence is found twice before it counts: this process itself may have been the one that slept.
    private func judge() {
        var (count, since) = (pulse.signCount, ContinuousClock.now)
        var wasSilent = false
        while !pulse.isClosed {
            usleep(Self.judgeMillis * 1_000)
            let now = pulse.signCount
            if now != count { (count, since) = (now, .now) }
            let isSilent = .now - since >= silenceMax
            if isSilent, wasSilent, !pulse.isAway { declareAway() }
            wasSilent = isSilent
        }
    }

    private func declareAway() {
        pulse.declareAway()
        for job in queue.takeAll() { job.fail(Pulse.away) }
        pulse.cut()
    }
}
