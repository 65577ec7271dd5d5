package import HTTPSupport
package import JSONText
package import Kernel
package import Postgres

/// The name of a trait: a lower-case word of at most 64 characters, `cat_owner`.
package struct TraitName: SQLWord, Hashable, Sendable, Comparable {
    package let rawValue: String

    package static let lengthMax = 64

    package init?(rawValue: String) {
        let bytes = rawValue.utf8
        guard (1...Self.lengthMax).contains(bytes.count), let first = bytes.first, Self.isLetter(first),
            bytes.allSatisfy({ Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        self.rawValue = rawValue
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension TraitName: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(rawValue) }
}

/// What makes a shopper have a trait: such goods, kept from so many receipts of the profile window.
package struct TraitRule: Hashable, Sendable {
    package let merchandise: Merchandise
    package let minReceipts: Int32

    package static let receiptsMax: Int64 = 1000

    package init(merchandise: Merchandise, minReceipts: Int32) {
        self.merchandise = merchandise
        self.minReceipts = minReceipts
    }

    package init(_ fields: Fields) {
        merchandise = Merchandise(fields)
        minReceipts = Int32(fields.integerIfPresent("min_receipts", in: 1...Self.receiptsMax) ?? 1)
    }

    /// SELECT of the shoppers who have it; wants the relation `item`.
    package func holders(at moment: ProfileMoment) -> SQL {
        merchandise.buyers(
            at: moment.retailer, from: moment.windowStart, through: moment.asOf, minReceipts: minReceipts)
    }
}

extension TraitRule: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            merchandise.writeMember(to: &json)
            json.field("min_receipts", minReceipts)
        }
    }
}

/// A habit that the retailer defines as a rule over purchases. Once made it stays by name; deactivated it is nobody's.
package struct Trait: Sendable, Hashable {
    package let name: TraitName
    package let description: String
    package let rule: TraitRule
    package let isActive: Bool
    package let version: Int64
    package let updatedAt: Instant
}

extension Trait: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object(writeMembers) }

    func writeMembers(to json: inout JSONWriter) {
        json.field("name", name)
        json.field("description", description)
        json.field("rule", rule)
        json.field("is_active", isActive)
        json.field("version", version)
        json.field("updated_at", updatedAt)
    }
}
