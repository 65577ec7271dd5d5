/// A range of addresses that nothing outside may make this server talk to, with the reason.
package struct BlockedRange: Sendable {
    /// What a range is for, by the registries of special addresses (RFC 6890 and what updates it).
    package enum Purpose: String, Hashable, Sendable {
        case thisNetwork = "this_network"
        case loopback
        case privateUse = "private_use"
        case sharedSpace = "shared_space"
        case linkLocal = "link_local"
        case protocolAssignment = "protocol_assignment"
        case documentation
        case benchmarking
        case relay
        case multicast
        case reserved
        /// IPv6 that carries an IPv4 address within: a gateway would unwrap it behind our back.
        case translation
        case siteLocal = "site_local"
        case discard
        case segmentRouting = "segment_routing"
        /// IPv6 outside 2000::/3, the only range that is given out.
        case unassigned
    }

    let purpose: Purpose
    private let base: UInt128
    private let prefixBits: Int
    private let isV4: Bool

    private init(_ text: String, _ purpose: Purpose) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let bits = Int(parts[1]) else {
            preconditionFailure("a range is written as address/bits")
        }
        self.purpose = purpose
        prefixBits = bits
        switch address {
        case .v4(let number): (isV4, base) = (true, UInt128(number))
        case .v6(let number): (isV4, base) = (false, number)
        }
    }

    func contains(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let number): isV4 && (UInt128(number) ^ base) >> (32 - prefixBits) == 0
        case .v6(let number): !isV4 && (number ^ base) >> (128 - prefixBits) == 0
        }
    }

    /// Narrower ranges stand before wider ones: the first that contains an address names the purpose.
    static let all: [BlockedRange] = [
        BlockedRange("0.0.0.0/8", .thisNetwork),
        BlockedRange("10.0.0.0/8", .privateUse),
        BlockedRange("100.64.0.0/10", .sharedSpace),
        BlockedRange("127.0.0.0/8", .loopback),
        BlockedRange("169.254.0.0/16", .linkLocal),
        BlockedRange("172.16.0.0/12", .privateUse),
        BlockedRange("192.0.0.0/24", .protocolAssignment),
        BlockedRange("192.0.2.0/24", .documentation),
        BlockedRange("192.88.99.0/24", .relay),
        BlockedRange("192.168.0.0/16", .privateUse),
        BlockedRange("198.18.0.0/15", .benchmarking),
        BlockedRange("198.51.100.0/24", .documentation),
        BlockedRange("203.0.113.0/24", .documentation),
        BlockedRange("224.0.0.0/4", .multicast),
        BlockedRange("240.0.0.0/4", .reserved),

        BlockedRange("::1/128", .loopback),
        BlockedRange("::/128", .thisNetwork),
        BlockedRange("::/96", .translation),
        BlockedRange("::ffff:0:0:0/96", .translation),
        BlockedRange("64:ff9b::/96", .translation),
        BlockedRange("64:ff9b:1::/48", .translation),
        BlockedRange("::/8", .reserved),
        BlockedRange("100::/64", .discard),
        BlockedRange("2001::/32", .translation),
        BlockedRange("2001:2::/48", .benchmarking),
        BlockedRange("2001::/23", .protocolAssignment),
        BlockedRange("2001:db8::/32", .documentation),
        BlockedRange("2002::/16", .translation),
        BlockedRange("3fff::/20", .documentation),
        BlockedRange("5f00::/16", .segmentRouting),
        BlockedRange("fc00::/7", .privateUse),
        BlockedRange("fe80::/10", .linkLocal),
        BlockedRange("fec0::/10", .siteLocal),
        BlockedRange("ff00::/8", .multicast),
        BlockedRange("::/3", .unassigned),
        BlockedRange("4000::/2", .unassigned),
        BlockedRange("8000::/1", .unassigned),
    ]
}
