import Glibc
import Synchronization

/// Which shoppers the sink was told of: those whose id is `card-N`.
final class PushTally: Sendable {
    private struct State {
        var isTold: [Bool]
        var told = 0
        var mentions = 0
        var last: ContinuousClock.Instant?
    }

    private static let mark = "\"card-"
    private let state: Mutex<State>

    init(shoppers: Int) { state = Mutex(State(isTold: [Bool](repeating: false, count: shoppers + 1))) }

    /// Shoppers who stand in some message.
    var told: Int { state.withLock(\.told) }
    /// How often any stands in one.
    var mentions: Int { state.withLock(\.mentions) }
    /// When the newest of them was told of first.
    var last: ContinuousClock.Instant? { state.withLock(\.last) }

    func read(_ request: UnsafePointer<CChar>) {
        let now = ContinuousClock.now
        state.withLock { state in
            var place = unsafe strstr(request, Self.mark)
            while let found = unsafe place {
                let digits = unsafe found + Self.mark.utf8.count
                let number = unsafe Int(strtol(digits, nil, 10))
                state.mentions += 1
                if state.isTold.indices.contains(number), !state.isTold[number] {
                    state.isTold[number] = true
                    state.told += 1
                    state.last = now
                }
                unsafe place = strstr(digits, Self.mark)
            }
        }
    }
}
