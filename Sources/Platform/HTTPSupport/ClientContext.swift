import Glibc
package import Hummingbird
import Kernel
import NIOCore

/// What the router knows of a request beside its head: from where it came.
package struct ClientContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    private let remote: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remote = source.channel.remoteAddress
    }

    /// The address of whoever holds the other end.
    var address: Identifier { remote?.holder ?? Identifier(high: 0, low: 0) }
}

extension SocketAddress {
    /// An IPv4 address, or the 64 bits of an IPv6 address that name a network: within it a host picks its own. One of
    /// IPv4 in the clothes of IPv6 is one of IPv4. Anything else is one holder.
    var holder: Identifier? {
        guard let text = ipAddress else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 { return Identifier(high: 0, low: Self.number(bytes[0..<4])) }
        guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let isIPv4 = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        if isIPv4 { return Identifier(high: 0, low: Self.number(bytes[12..<16])) }
        return Identifier(high: Self.number(bytes[0..<8]), low: .max)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
