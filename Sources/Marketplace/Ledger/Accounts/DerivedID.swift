import Crypto
package import Kernel

/// An id that follows from what it is for, so that a retry meets itself: a UUIDv5 (RFC 9562, 5.5) of the tenant, a key
/// and a leg of the work under that key.
package enum DerivedID {
    /// `key` must not hold a zero byte: it ends where the leg begins.
    package static func make<Kind>(
        _ retailer: RetailerID, key: String, leg: String, _ kind: TypedID<Kind>.Type = TypedID<Kind>.self
    ) -> TypedID<Kind> {
        TypedID(identifier(in: retailer.value, named: Array(key.utf8) + [0] + Array(leg.utf8)))
    }

    /// The UUIDv5 of a name within a namespace.
    package static func identifier(in namespace: Identifier, named name: [UInt8]) -> Identifier {
        var hash = Insecure.SHA1()
        hash.update(data: namespace.bytes)
        hash.update(data: name)
        let words = hash.finalize().prefix(16).reduce(into: UInt128(0)) { $0 = $0 << 8 | UInt128($1) }
        let (high, low) = (UInt64(words >> 64), UInt64(truncatingIfNeeded: words))
        return Identifier(
            high: high & 0xFFFF_FFFF_FFFF_0FFF | 0x5000, low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }
}
