import HTTPSupport
package import Kernel

/// What a till calls a receipt: unique within its retailer for ever, and so its own claim. `shift` is nil where numbers
/// do not restart with a shift.
package struct ReceiptKey: Hashable, Sendable {
    package let storeID: ExternalID
    package let businessDay: BusinessDay
    package let till: ExternalID
    package let shift: ExternalID?
    package let number: ExternalID

    package init(storeID: ExternalID, businessDay: BusinessDay, till: ExternalID, shift: ExternalID?, number: ExternalID) {
        self.storeID = storeID
        self.businessDay = businessDay
        self.till = till
        self.shift = shift
        self.number = number
    }

    /// As the column has it: "" for none.
    var shiftText: String { shift?.text ?? "" }
}

/// A key with its store as the table has it.
package struct StoredKey: Hashable, Sendable {
    package let businessDay: BusinessDay
    package let storeOrdinal: Int32
    package let till: ExternalID
    package let shift: String
    package let number: ExternalID

    package init(businessDay: BusinessDay, storeOrdinal: Int32, till: ExternalID, shift: String, number: ExternalID) {
        self.businessDay = businessDay
        self.storeOrdinal = storeOrdinal
        self.till = till
        self.shift = shift
        self.number = number
    }

    init(_ key: ReceiptKey, storeOrdinal: Int32) {
        self.init(
            businessDay: key.businessDay, storeOrdinal: storeOrdinal, till: key.till, shift: key.shiftText, number: key.number)
    }
}

extension StoredKey: Comparable {
    /// The order of the primary key: every writer takes rows in it, so that two never wait for each other in a ring.
    package static func < (left: Self, right: Self) -> Bool {
        if left.businessDay != right.businessDay { return left.businessDay < right.businessDay }
        if left.storeOrdinal != right.storeOrdinal { return left.storeOrdinal < right.storeOrdinal }
        if left.till != right.till { return left.till < right.till }
        if left.shift != right.shift { return left.shift.utf8.lexicographicallyPrecedes(right.shift.utf8) }
        return left.number < right.number
    }
}
