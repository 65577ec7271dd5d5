import Kernel
import TestSupport
import Testing

@testable import HTTPSupport

@Suite struct TokenBucketTests {
    private static let second: Int64 = 1_000_000_000
    private static let noon: Int64 = 1_772_452_800 * second

    @Test func `a new bucket is full, an empty one fills at its rate and never beyond`() {
        let rate = Rate(perSecond: 2, burst: 3)
        var bucket = TokenBucket()
        let first = (0..<4).map { _ in bucket.take(at: Self.noon, rate).isAllowed }
        let soon = bucket.take(at: Self.noon + Self.second / 2, rate)
        let nothing = bucket.take(at: Self.noon + Self.second / 2, rate)
        let late = (0..<4).map { _ in bucket.take(at: Self.noon + 60 * Self.second, rate).isAllowed }

        #expect(first == [true, true, true, false])
        #expect(soon == RateState(tokens: 0, nanosToFull: 3 * Self.second / 2, nanosToToken: 0))
        #expect(nothing == RateState(tokens: 0, nanosToFull: 3 * Self.second / 2, nanosToToken: Self.second / 2))
        #expect(nothing.retryAfterSeconds == 1)
        #expect(late == [true, true, true, false])
    }

    @Test func `whoever waits as long as it is told gets a token`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1_000 {
            let rate = Rate(perSecond: .random(in: 1...50, using: &generator), burst: .random(in: 1...20, using: &generator))
            var (bucket, now) = (TokenBucket(), Self.noon)
            while bucket.take(at: now, rate).isAllowed { now += .random(in: 0...1_000_000, using: &generator) }
            let refused = bucket.take(at: now, rate)
            let early = bucket.take(at: now + refused.nanosToToken - 1, rate)
            #expect(!early.isAllowed && bucket.hasToken(at: now + refused.nanosToToken, rate))
            let onTime = bucket.take(at: now + refused.nanosToToken, rate)
            #expect(onTime.isAllowed)
        }
    }

    @Test func `in no span of time are there more than the burst and what came back in it`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<200 {
            let rate = Rate(perSecond: .random(in: 1...100, using: &generator), burst: .random(in: 1...50, using: &generator))
            var (bucket, now, allowed) = (TokenBucket(), Self.noon, [Int64]())
            for _ in 0..<300 {
                now += .random(in: 0...40_000_000, using: &generator)
                if bucket.take(at: now, rate).isAllowed { allowed.append(now) }
            }
            for first in stride(from: 0, to: allowed.count, by: 7) {
                for last in stride(from: first, to: allowed.count, by: 11) {
                    let span = allowed[last] - allowed[first]
                    #expect(Int64(last - first + 1) <= Int64(rate.burst) + span * Int64(rate.perSecond) / Self.second + 1)
                }
            }
        }
    }

    @Test func `a clock that steps back locks nobody out`() {
        let rate = Rate(perSecond: 1, burst: 2)
        var bucket = TokenBucket()
        _ = bucket.take(at: Self.noon, rate)
        let earlier = bucket.take(at: Self.noon - 3_600 * Self.second, rate)
        #expect(earlier.isAllowed)
    }

    @Test func `a table without room forgets full buckets first, then the one that is nearest to it`() {
        let rate = Rate(perSecond: 1, burst: 10)
        let names = (0..<4).map { BucketName(.key, .usual, Identifier(high: 0, low: $0)) }
        var table = BucketTable(countMax: 2)
        for _ in 0..<5 { _ = table.take(names[0], at: Self.noon, rate) }
        _ = table.take(names[1], at: Self.noon, rate)
        _ = table.take(names[2], at: Self.noon, rate)
        let busiest = table.take(names[0], at: Self.noon, rate)
        let later = Self.noon + 60 * Self.second
        _ = table.take(names[3], at: later, rate)

        #expect(busiest.tokens == 4, "it was kept: five tokens were taken before")
        #expect(table.count == 1, "a minute later all the others were full")
    }

    @Test func `keys that are used stay known while others come and go`() {
        var known = KnownTokens(countMax: 4)
        known.insert(0)
        for hash in 1...100 {
            known.insert(hash)
            let isKnown = known.contains(0)
            #expect(isKnown)
        }
        known.remove(0)
        let (removed, old) = (known.contains(0), known.contains(1))

        #expect(!removed && !old)
        #expect(known.count <= 4)
    }
}
