import CLibcurl
import Glibc

/// An address of the internet, as a number in host order.
package enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt128)

    /// Reads one address in the usual form, `192.0.2.1` or `2001:db8::1`, and nothing else.
    package init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4.s_addr))
        } else if unsafe inet_pton(AF_INET6, text, &v6) == 1 {
            self = IPAddress(v6)
        } else {
            return nil
        }
    }

    private init(_ address: in6_addr) {
        self = unsafe withUnsafeBytes(of: address) { bytes in
            unsafe .v6(bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
        }
    }

    /// The address that libcurl is about to connect to; nil for anything but IPv4 and IPv6.
    init?(_ address: UnsafePointer<curl_sockaddr>) {
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        // The struct ends in a `sockaddr`, but libcurl has room for an IPv6 one there.
        let bytes = unsafe UnsafeRawPointer(address).advanced(by: offset)
        let count = unsafe Int(address.pointee.addrlen)
        switch unsafe address.pointee.family {
        case AF_INET where count >= MemoryLayout<sockaddr_in>.size:
            let v4 = unsafe bytes.loadUnaligned(as: sockaddr_in.self)
            self = .v4(UInt32(bigEndian: v4.sin_addr.s_addr))
        case AF_INET6 where count >= MemoryLayout<sockaddr_in6>.size:
            self = unsafe IPAddress(bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    /// IPv4 written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address: the kernel treats it so.
    var unmapped: IPAddress {
        guard case .v6(let bits) = self, bits >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: bits))
    }
}
