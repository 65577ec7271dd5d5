import Kernel
import OutboundHTTP
import Sealing
import TestSupport
import Testing

@testable import Webhooks

/// The decisions of delivery, without I/O.
@Suite struct DecisionTests {
    private let start = Instant("2026-03-02T12:00:00Z")!

    private func answered(_ status: Int, retryAfter: String? = nil) -> AttemptOutcome {
        AttemptOutcome(.answered(status: status, retryAfter: retryAfter, head: []))
    }

    private func seconds(
        after outcome: AttemptOutcome, tries: Int, random: UInt64
    ) -> Double? {
        RetrySchedule.next(after: outcome, tries: tries, at: start, random: random)
            .map { Double($0.microseconds - start.microseconds) / 1_000_000 }
    }

    @Test(arguments: Array(RetrySchedule.delaySeconds.enumerated().dropFirst().map { ($0.offset, $0.element) }))
    func `each delay stays within twenty percent of its schedule`(tries: Int, delay: Int64) {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            let waited = seconds(after: answered(500), tries: tries, random: random.next())!
            #expect(waited >= Double(delay) * 0.8 && waited <= Double(delay) * 1.2, "seed \(random.seed)")
        }
        let span = UInt64(delay) * 400_000
        #expect(seconds(after: answered(500), tries: tries, random: 0) == Double(delay) * 0.8)
        #expect(seconds(after: answered(500), tries: tries, random: span) == Double(delay) * 1.2)
    }

    @Test func `success, a gone receiver and the tenth try end a series`() {
        #expect(seconds(after: answered(204), tries: 1, random: 0) == nil)
        #expect(seconds(after: answered(410), tries: 1, random: 0) == nil)
        #expect(seconds(after: answered(500), tries: 10, random: 0) == nil)
        #expect(seconds(after: answered(302), tries: 9, random: 0) != nil)
        let wholeSeconds: Int64 = RetrySchedule.delaySeconds.reduce(0, +)
        #expect(wholeSeconds == 272_105)
    }

    /// `random` 60 000 000 is no jitter for the five minutes of the second retry.
    @Test(arguments: [
        (429, "400", 400.0), (503, "400", 400), (503, "4000", 600), (503, "10", 300), (500, "400", 300),
        (503, "Mon, 02 Mar 2026 12:07:00 GMT", 420), (503, "Mon, 02 Mar 2020 12:07:00 GMT", 300), (503, "soon", 300),
    ])
    func `Retry-After is followed up to twice the delay, on 429 and 503 alone`(status: Int, hint: String, expected: Double) {
        #expect(seconds(after: answered(status, retryAfter: hint), tries: 2, random: 60_000_000) == expected)
    }

    @Test func `after a timeout or 429 a receiver has a minute's rest`() {
        let timeout = AttemptOutcome(.failed(.timeout, message: ""))
        let refused = AttemptOutcome(.failed(.connection, message: ""))
        #expect(seconds(after: timeout, tries: 1, random: 1_000_000) == 60)
        #expect(seconds(after: answered(429), tries: 1, random: 1_000_000) == 60)
        #expect(seconds(after: refused, tries: 1, random: 1_000_000) == 5)
    }

    @Test func `the breaker opens at seventy percent of ten, and one probe decides`() {
        var health = EndpointHealth()
        for index in 0..<9 { _ = health.record(answered(index < 3 ? 200 : 500), at: start) }
        #expect(health.breaker(at: start) == .closed)
        #expect(health.slotsFree(running: 1, at: start) == 3)
        _ = health.record(answered(500), at: start)

        #expect(health.breaker(at: start) == .open)
        #expect(health.slotsFree(running: 0, at: start) == 0)
        let later = start.adding(seconds: EndpointHealth.breakerOpenSeconds)
        #expect(health.breaker(at: later) == .probing)
        #expect(health.slotsFree(running: 0, at: later) == 1)
        #expect(health.slotsFree(running: 1, at: later) == 0)
        var failed = health
        _ = failed.record(answered(500), at: later)
        #expect(failed.breaker(at: later) == .open)
        _ = health.record(answered(200), at: later)
        #expect(health.breaker(at: later) == .closed)
        #expect(health.failuresInARow == 0)
    }

    @Test func `failures of an earlier window do not open the breaker`() {
        var health = EndpointHealth()
        for _ in 0..<9 { _ = health.record(answered(500), at: start) }
        _ = health.record(answered(500), at: start.adding(seconds: EndpointHealth.windowSeconds))
        #expect(health.breaker(at: start.adding(seconds: EndpointHealth.windowSeconds)) == .closed)
    }

    @Test func `five days without success disable, counted from failures twelve hours apart`() {
        var health = EndpointHealth()
        let hour: Int64 = 3600
        #expect(health.record(answered(500), at: start) == nil)
        #expect(health.record(answered(500), at: start.adding(seconds: 11 * hour)) == nil)
        #expect(health.failingSince == nil)
        #expect(health.record(answered(500), at: start.adding(seconds: 13 * hour)) == nil)
        #expect(health.failingSince == start.adding(seconds: 13 * hour))
        #expect(health.record(answered(500), at: start.adding(seconds: 132 * hour)) == nil)
        var saved = health
        #expect(health.record(answered(500), at: start.adding(seconds: 133 * hour)) == .failing)
        #expect(saved.record(answered(200), at: start.adding(seconds: 133 * hour)) == nil)
        #expect(saved.failingSince == nil)
    }

    @Test func `failures more than a day apart start no clock, and 410 needs none`() {
        var health = EndpointHealth()
        #expect(health.record(answered(500), at: start) == nil)
        #expect(health.record(answered(500), at: start.adding(seconds: 25 * 3600)) == nil)
        #expect(health.failingSince == nil)
        #expect(health.record(answered(410), at: start.adding(seconds: 25 * 3600)) == .gone)
    }

    @Test func `a bucket gives a second's worth at once and then its rate`() {
        var bucket = TokenBucket(ratePerSecond: 10, freeAt: nil)
        #expect(bucket.tokens(at: start) == 10)
        bucket.take(10, at: start)
        #expect(bucket.tokens(at: start) == 0)
        #expect(bucket.tokens(at: Instant(microseconds: start.microseconds + 250_000)) == 2)
        #expect(bucket.tokens(at: start.adding(seconds: 1)) == 10)
        #expect(bucket.tokens(at: start.adding(seconds: 60)) == 10)
    }

    @Test func `a sealed secret opens under its key and for its endpoint alone`() throws {
        let clock = TestClock()
        let box = try SecretBox(masterKey: [UInt8](repeating: 1, count: 32))
        let other = try SecretBox(masterKey: [UInt8](repeating: 2, count: 32))
        let (own, rival) = (clock.world.newID(EndpointID.self), clock.world.newID(EndpointID.self))
        let secret = WebhookSecret(in: clock.world)
        let sealed = try box.seal(secret, for: own, in: clock.world)

        #expect(try box.open(sealed, for: own) == secret)
        #expect(throws: SecretBox.Fault.self) { try box.open(sealed, for: rival) }
        #expect(throws: SecretBox.Fault.self) { try other.open(sealed, for: own) }
        #expect(Base64.decode(Base64.encode(secret.bytes)) == secret.bytes)
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    }

    @Test func `a clock that was set back empties no bucket and spares no endpoint for longer than it would have been`() {
        let ahead = start.adding(seconds: 3_600)
        var bucket = TokenBucket(ratePerSecond: 10, freeAt: nil)
        bucket.take(10, at: ahead)
        var health = EndpointHealth()
        for _ in 0..<10 { _ = health.record(answered(500), at: ahead) }

        #expect(bucket.tokens(at: ahead) == 0)
        #expect(bucket.tokens(at: start) == 10)
        bucket.take(4, at: start)
        #expect(bucket.tokens(at: start) == 6)
        #expect(health.breaker(at: ahead) == .open)
        #expect(health.breaker(at: start) == .probing)
    }

    @Test func `successes that were counted are one success, and weigh in the window as many`() {
        var health = EndpointHealth()
        health.recordSuccesses(7, at: start)
        #expect(health.isQuiet)
        #expect((health.windowRequests, health.windowFailures) == (7, 0))
        for _ in 0..<3 { _ = health.record(answered(500), at: start) }
        #expect(!health.isQuiet)
        #expect(health.breaker(at: start) == .closed)
        health.recordSuccesses(0, at: start)
        #expect(health.failuresInARow == 3)
    }

    @Test func `base64 is that of RFC 4648`() {
        let table = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (text, encoded) in table {
            #expect(Base64.encode(Array(text.utf8)) == encoded)
            #expect(Base64.decode(encoded) == Array(text.utf8))
        }
        #expect(Base64.encode([0xFB, 0xFF, 0xFE]) == "+//+")
    }
}
