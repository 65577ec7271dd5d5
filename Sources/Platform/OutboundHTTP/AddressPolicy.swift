/// Which addresses a client may talk to. The receiver's URL comes from outside, so without a policy it could make this
/// server call its own neighbours (SSRF). It is decided on the address itself when a connection is opened, since a name
/// may change what it resolves to; `check(url:)` refuses early what can be known early.
///
/// One client has one policy: a pooled connection is not decided on again.
package struct AddressPolicy: Hashable, Sendable {
    /// This machine, for development and tests.
    package let allowsLoopback: Bool
    /// Private networks (RFC 1918, RFC 4193, RFC 6598), where the receivers are the operator's own.
    package let allowsPrivate: Bool
    /// `http` beside `https`.
    package let allowsPlainHTTP: Bool

    package init(allowsLoopback: Bool = false, allowsPrivate: Bool = false, allowsPlainHTTP: Bool = false) {
        self.allowsLoopback = allowsLoopback
        self.allowsPrivate = allowsPrivate
        self.allowsPlainHTTP = allowsPlainHTTP
    }

    /// The public internet over https.
    package static let production = AddressPolicy()
    /// Also receivers on this machine, and without TLS.
    package static let development = AddressPolicy(allowsLoopback: true, allowsPlainHTTP: true)

    /// What the range is for in which an address is blocked; nil when it may be talked to.
    package func blocks(_ address: IPAddress) -> BlockedRange.Purpose? {
        let address = address.unmapped
        guard let range = BlockedRange.all.first(where: { $0.contains(address) }) else { return nil }
        return allows(range.purpose) ? nil : range.purpose
    }

    /// Whether this policy makes an exception for a range. Link-local addresses never are one: cloud machines tell
    /// their secrets there.
    func allows(_ purpose: BlockedRange.Purpose) -> Bool {
        switch purpose {
        case .loopback: allowsLoopback
        case .privateUse, .sharedSpace: allowsPrivate
        default: false
        }
    }
}
