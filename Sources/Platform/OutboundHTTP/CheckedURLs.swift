import Synchronization

/// What a policy said of URLs, remembered: the same ones are sent to again and again, and the check reads each anew.
final class CheckedURLs: Sendable {
    /// Beyond it all are forgotten.
    static let countMax = 4096

    private let policy: AddressPolicy
    private let allowed = Mutex<Set<String>>([])

    init(_ policy: AddressPolicy) { self.policy = policy }

    func check(_ url: String) throws(AddressPolicy.Refusal) {
        guard !allowed.withLock({ $0.contains(url) }) else { return }
        try policy.check(url: url)
        allowed.withLock { allowed in
            if allowed.count >= Self.countMax { allowed = [] }
            allowed.insert(url)
        }
    }
}
