/// What a command may not make up by itself: the time and randomness. Passed in, so that tests decide them.
package struct OutsideWorld: Sendable {
    package let now: @Sendable () -> Instant
    /// The nanoseconds that passed since a moment that does not matter. Only grows, whatever is done to the clock.
    package let uptimeNanos: @Sendable () -> Int64
    package let random: @Sendable () -> UInt64

    package init(
        now: @escaping @Sendable () -> Instant, uptimeNanos: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.uptimeNanos = uptimeNanos
        self.random = random
    }

    /// The same world with another clock on its wall.
    package func by(_ now: @escaping @Sendable () -> Instant) -> OutsideWorld {
        OutsideWorld(now: now, uptimeNanos: uptimeNanos, random: random)
    }

    /// A new id, ordered by time.
    package func newID<Kind>(_ kind: TypedID<Kind>.Type = TypedID<Kind>.self) -> TypedID<Kind> {
        TypedID(at: now(), random: (random(), random()))
    }

    /// So many random bytes, for secrets.
    package func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random()) }
    }
}
