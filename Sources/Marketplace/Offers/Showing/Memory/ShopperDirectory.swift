package import Kernel

/// The retailer's ids of its shoppers, each with its key: packed, some 30 bytes for each besides the id itself.
///
/// Open addressing with linear probing over a table that is at most half full.
package final class ShopperDirectory: Sendable {
    private let texts: [UInt8]
    /// Where each id begins in `texts`, and the end of the last.
    private let starts: [UInt32]
    private let keys: [UInt32]
    /// One more than the number of an id, or 0 for a free slot.
    private let slots: [UInt32]

    /// Ids that are there once, each with its key.
    package struct Draft {
        fileprivate var texts: [UInt8] = []
        fileprivate var starts: [UInt32] = [0]
        fileprivate var keys: [UInt32] = []

        package init() {}

        package mutating func add(_ id: ExternalID, _ key: UInt32) {
            texts += id.text.utf8
            starts.append(UInt32(texts.count))
            keys.append(key)
        }
    }

    package init(_ draft: Draft) {
        (texts, starts, keys) = (draft.texts, draft.starts, draft.keys)
        var slots = [UInt32](repeating: 0, count: Self.tableSize(for: draft.keys.count))
        let mask = slots.count - 1
        for number in draft.keys.indices {
            let bytes = draft.texts[Int(draft.starts[number])..<Int(draft.starts[number + 1])]
            var slot = Int(truncatingIfNeeded: Self.hash(bytes)) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number + 1)
        }
        self.slots = slots
    }

    package var count: Int { keys.count }

    var byteCount: Int { texts.count + 4 * (starts.count + keys.count + slots.count) }

    /// Nil where the id was not there.
    package func key(of id: ExternalID) -> UInt32? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(id.text.utf8)) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if texts[Int(starts[number])..<Int(starts[number + 1])].elementsEqual(id.text.utf8) { return keys[number] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private static func tableSize(for count: Int) -> Int {
        var size = 16
        while size < 2 * count { size *= 2 }
        return size
    }

    /// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), whose high bits are then folded onto the low ones.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
