package import HTTPSupport
package import JSONText
package import Kernel

/// The name of a list that the retailer uploads from its CRM: 1 to 64 bytes without control characters.
package struct TagName: Sendable, Hashable, Comparable {
    package static let bytesMax = 64

    package let text: String

    /// Nil where it is too long, empty, or no clean text in normal form C.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, (try? ExternalID(text)) != nil else { return nil }
        self.text = text
    }

    package static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { ExternalID(stored: text).hash(into: &hasher) }

    init(_ fields: Fields) {
        let given = fields.string("tag", max: Self.bytesMax)
        let parsed = TagName(given)
        if parsed == nil, !given.isEmpty { fields.refuse("tag", "not_a_tag", "Must be 1 to 64 bytes of clean text.") }
        text = parsed?.text ?? ""
    }
}

/// A shopper is on a list, or is not.
package struct TagMembership: Sendable, Hashable {
    package let tag: TagName
    package let shopper: ExternalID
    /// False takes the shopper off.
    package let isMember: Bool

    package init(tag: TagName, shopper: ExternalID, isMember: Bool = true) {
        self.tag = tag
        self.shopper = shopper
        self.isMember = isMember
    }

    /// A line of a bulk load.
    package init(_ fields: Fields) {
        tag = TagName(fields)
        shopper = fields.externalID("shopper_id")
        isMember = fields.boolIfPresent("is_member") ?? true
    }

    package static let csvColumns = [CSVColumn("tag"), CSVColumn("shopper_id"), CSVColumn("is_member", .flag)]

    struct Key: Hashable, Comparable {
        let tag: TagName
        let shopper: ShopperKey

        static func < (left: Key, right: Key) -> Bool { (left.tag, left.shopper) < (right.tag, right.shopper) }
    }
}

/// A list and how many are on it.
package struct TagCount: Sendable, Hashable, JSONWritable {
    package let tag: String
    package let shoppers: Int

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("tag", tag)
            json.field("shoppers", shoppers)
        }
    }
}
