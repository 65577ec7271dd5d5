package import Kernel
import OutboundHTTP

/// When a delivery that failed is tried again (LEDGER_AND_WEBHOOKS rule 32). Pure; randomness is given.
package enum RetrySchedule {
    /// Seconds from the end of one try to the next; the first try is at once. 75 h 35 min in all.
    package static let delaySeconds: [Int64] = [
        0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600,
    ]
    package static let jitterPercent: Int64 = 20
    /// After a timeout or 429 a receiver is left alone for at least this long.
    package static let exhaustedSecondsMin: Int64 = 60

    /// Nil where the series is over: it succeeded, the receiver is gone, or the tries are used up.
    /// - Parameter tries: made so far, this one included.
    package static func next(after outcome: AttemptOutcome, tries: Int, at now: Instant, random: UInt64) -> Instant? {
        guard !outcome.isSuccess, outcome.status != 410, tries < delaySeconds.count else { return nil }
        let micros = jittered(delaySeconds[tries] * 1_000_000, random)
        return Instant(microseconds: now.microseconds + max(hinted(micros, outcome, now), floor(outcome)))
    }

    /// 80 to 120 percent.
    private static func jittered(_ micros: Int64, _ random: UInt64) -> Int64 {
        let span = micros / 100 * jitterPercent
        return micros - span + Int64(random % UInt64(2 * span + 1))
    }

    private static func hinted(_ base: Int64, _ outcome: AttemptOutcome, _ now: Instant) -> Int64 {
        guard outcome.status == 429 || outcome.status == 503,
            let hint = outcome.retryAfter.flatMap({ RetryAfter.micros(in: $0, at: now) })
        else { return base }
        return max(base, min(hint, 2 * base))
    }

    private static func floor(_ outcome: AttemptOutcome) -> Int64 {
        outcome.status == 429 || outcome.failure == .timeout ? exhaustedSecondsMin * 1_000_000 : 0
    }
}

/// The `Retry-After` header in both its forms (RFC 9110, 10.2.3): seconds, or a date.
enum RetryAfter {
    private static let secondsMax: Int64 = 365 * 86_400
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Microseconds from now; nil where it is neither form. A date in the past is 0.
    static func micros(in text: String, at now: Instant) -> Int64? {
        let text = text.drop { $0 == " " }
        if let seconds = Int64(text), seconds >= 0 { return min(seconds, secondsMax) * 1_000_000 }
        guard let instant = date(String(text)) else { return nil }
        return min(max(0, instant.microseconds - now.microseconds), secondsMax * 1_000_000)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that may be sent.
    private static func date(_ text: String) -> Instant? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])),
            parts[1].utf8.count == 2, parts[3].utf8.count == 4
        else { return nil }
        let number = month + 1
        return Instant("\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }
}
