import Crypto
import Kernel
package import Postgres

extension Receipt {
    /// SHA-256 of the canonical content, as filed: the same key with the same fingerprint is a replay, with another one
    /// a conflict. The form is fixed for good, since stored rows are compared with it: numbers in eight bytes, most
    /// significant first; text after its length; what is absent as one zero byte, what is there after a one.
    package var fingerprint: Bytes {
        var canonical = Canonical(reserving: 192 + 96 * lines.count)
        canonical.number(1)
        canonical.key(key)
        canonical.text(kind.rawValue)
        canonical.text(channel.rawValue)
        canonical.optional(shopperID) { $0.text($1.text) }
        canonical.number(soldAt.microseconds)
        canonical.optional(total) { $0.number($1) }
        canonical.number(rounding)
        canonical.optional(fiscalID) { $0.text($1) }
        canonical.optional(basketID) { $0.text($1.text) }
        canonical.optional(original) { $0.key($1) }
        canonical.number(Int64(lines.count))
        for line in lines { canonical.line(line) }
        return Bytes(Array(SHA256.hash(data: canonical.bytes)))
    }

    /// Stands in place of the fingerprint of a receipt whose shopper was erased: the true one could be tried against the ids
    /// of cards. What is stored beside it tells then whether a receipt is sent again.
    static let anonymousFingerprint = Bytes([UInt8](repeating: 0, count: 32))
}

private struct Canonical {
    var bytes: [UInt8] = []

    init(reserving capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func number(_ value: Int64) {
        var shift: Int64 = 56
        while shift >= 0 {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            shift -= 8
        }
    }

    mutating func text(_ text: String) {
        number(Int64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout Canonical, Value) -> Void) {
        bytes.append(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    mutating func key(_ key: ReceiptKey) {
        text(key.storeID.text)
        number(Int64(key.businessDay.daysSince1970))
        text(key.till.text)
        text(key.shiftText)
        text(key.number.text)
    }

    mutating func line(_ line: ReceiptLine) {
        number(Int64(line.lineNo))
        text(line.productID.text)
        number(line.quantityMilli)
        text(line.unit.rawValue)
        number(line.regularAmount)
        number(line.baseAmount)
        optional(line.paidAmount) { $0.number($1) }
        optional(line.vatRate) { $0.number(Int64($1.value)) }
        bytes.append(line.isClosed ? 1 : 0)
        number(Int64(line.discounts.count))
        for discount in line.discounts {
            number(Int64(bitPattern: discount.campaignID.value.high))
            number(Int64(bitPattern: discount.campaignID.value.low))
            optional(discount.quoteID) { $0.text($1) }
            number(discount.amount)
        }
        optional(line.original) {
            $0.key($1.key)
            $0.number(Int64($1.lineNo))
        }
    }
}
