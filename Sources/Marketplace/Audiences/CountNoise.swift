import Crypto
import Glibc
import Kernel

/// The noise of a supplier's count, and the seed of the sample that it is counted from. The noise depends on nothing but the set of shoppers: whoever asks for the same set in
/// another way, or again, reads the same number, so that averaging finds nothing (DOMAIN 10).
package struct CountNoise: Sendable {
    package static let keyBytes = 32

    private let key: SymmetricKey

    /// `key` is a secret of the service.
    package init(key: [UInt8]) {
        precondition(key.count == Self.keyBytes, "a key of \(Self.keyBytes) bytes")
        self.key = SymmetricKey(data: key)
    }

    /// What chooses the retailer's sample: of another length than any set that noise is drawn for.
    func sampleSeed(of retailer: RetailerID) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("sample of shoppers".utf8) + retailer.value.bytes, using: key))
    }

    /// A draw from the normal distribution with mean 0 and deviation 1, fixed by the set. `members` in rising order.
    func draw(for members: [Int64], of retailer: RetailerID) -> Double {
        var code = HMAC<SHA256>(key: key)
        code.update(data: retailer.value.bytes)
        var block: [UInt8] = []
        for member in members {
            Self.append(member, to: &block)
            if block.count >= 1 << 16 {
                code.update(data: block)
                block.removeAll(keepingCapacity: true)
            }
        }
        code.update(data: block)
        let bytes = Array(code.finalize())
        let (first, second) = (Self.fraction(bytes[0..<8]), Self.fraction(bytes[8..<16]))
        // Box and Muller 1958; the first fraction is never 0.
        return (-2 * log(first)).squareRoot() * cos(2 * Double.pi * second)
    }

    /// 53 bits as a number above 0, at most 1.
    private static func fraction(_ bytes: ArraySlice<UInt8>) -> Double {
        let word = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double((word >> 11) + 1) * 0x1p-53
    }

    /// Eight bytes, most significant first.
    private static func append(_ number: Int64, to block: inout [UInt8]) {
        for shift in [56, 48, 40, 32, 24, 16, 8] as [UInt64] {
            block.append(UInt8(truncatingIfNeeded: UInt64(bitPattern: number) >> shift))
        }
        block.append(UInt8(truncatingIfNeeded: number))
    }
}
