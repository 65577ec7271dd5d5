import CRoaring

/// A compressed set of dense 32-bit keys (Roaring, https://roaringbitmap.org): shoppers, products, stores of one retailer.
///
/// A value: copies share their storage until one of them changes.
package struct KeySet: Sendable {
    private var storage: RoaringStorage

    package init() { storage = RoaringStorage() }

    private init(_ storage: RoaringStorage) { self.storage = storage }

    package init(_ keys: some Sequence<UInt32>) {
        let array = Array(keys)
        storage = RoaringStorage()
        unsafe array.withUnsafeBufferPointer { keys in
            guard let first = keys.baseAddress else { return }
            unsafe roaring_bitmap_add_many(storage.bitmap, keys.count, first)
        }
        compress()
    }

    package var count: Int { unsafe Int(roaring_bitmap_get_cardinality(storage.bitmap)) }

    package var isEmpty: Bool { unsafe roaring_bitmap_is_empty(storage.bitmap) }

    /// Nil where there is none.
    package var greatest: UInt32? { isEmpty ? nil : unsafe roaring_bitmap_maximum(storage.bitmap) }

    package func contains(_ key: UInt32) -> Bool { unsafe roaring_bitmap_contains(storage.bitmap, key) }

    /// True where the key was not in the set before.
    @discardableResult
    package mutating func insert(_ key: UInt32) -> Bool {
        makeUnique()
        return unsafe roaring_bitmap_add_checked(storage.bitmap, key)
    }

    /// True where the key was in the set before.
    @discardableResult
    package mutating func remove(_ key: UInt32) -> Bool {
        makeUnique()
        return unsafe roaring_bitmap_remove_checked(storage.bitmap, key)
    }

    package mutating func formUnion(_ other: KeySet) {
        makeUnique()
        unsafe roaring_bitmap_or_inplace(storage.bitmap, other.storage.bitmap)
    }

    package mutating func formIntersection(_ other: KeySet) {
        makeUnique()
        unsafe roaring_bitmap_and_inplace(storage.bitmap, other.storage.bitmap)
    }

    package mutating func subtract(_ other: KeySet) {
        makeUnique()
        unsafe roaring_bitmap_andnot_inplace(storage.bitmap, other.storage.bitmap)
    }

    package func union(_ other: KeySet) -> KeySet {
        KeySet(unsafe RoaringStorage(owning: roaring_bitmap_or(storage.bitmap, other.storage.bitmap)))
    }

    package func intersection(_ other: KeySet) -> KeySet {
        KeySet(unsafe RoaringStorage(owning: roaring_bitmap_and(storage.bitmap, other.storage.bitmap)))
    }

    package func subtracting(_ other: KeySet) -> KeySet {
        KeySet(unsafe RoaringStorage(owning: roaring_bitmap_andnot(storage.bitmap, other.storage.bitmap)))
    }

    /// How many keys both have, without building their intersection.
    package func countShared(with other: KeySet) -> Int {
        unsafe Int(roaring_bitmap_and_cardinality(storage.bitmap, other.storage.bitmap))
    }

    /// The keys within a range.
    package func slice(_ range: ClosedRange<UInt32>) -> KeySet {
        let (first, end) = (UInt64(range.lowerBound), UInt64(range.upperBound) + 1)
        guard let whole = unsafe roaring_bitmap_from_range(first, end, 1) else { return KeySet() }
        let mask = unsafe RoaringStorage(owning: whole)
        return KeySet(unsafe RoaringStorage(owning: roaring_bitmap_and(storage.bitmap, mask.bitmap)))
    }

    /// The keys in rising order. Takes four bytes for each.
    package var sorted: [UInt32] {
        let count = count
        return unsafe [UInt32](unsafeUninitializedCapacity: count) { buffer, filled in
            if let start = buffer.baseAddress { unsafe roaring_bitmap_to_uint32_array(storage.bitmap, start) }
            filled = count
        }
    }

    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { storage = unsafe RoaringStorage(owning: roaring_bitmap_copy(storage.bitmap)) }
    }

    private func compress() { unsafe _ = roaring_bitmap_run_optimize(storage.bitmap) }
}

extension KeySet: Equatable {
    package static func == (left: KeySet, right: KeySet) -> Bool {
        unsafe roaring_bitmap_equals(left.storage.bitmap, right.storage.bitmap)
    }
}

extension KeySet {
    /// Why bytes are no set.
    package enum Fault: Error, Hashable { case malformed }

    /// The portable format (https://github.com/RoaringBitmap/RoaringFormatSpec), read by every Roaring library.
    package var portableBytes: [UInt8] {
        let packed = unsafe RoaringStorage(owning: roaring_bitmap_copy(storage.bitmap))
        unsafe _ = roaring_bitmap_run_optimize(packed.bitmap)
        let size = unsafe roaring_bitmap_portable_size_in_bytes(packed.bitmap)
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
                guard let start = buffer.baseAddress else { return }
                filled = unsafe roaring_bitmap_portable_serialize(packed.bitmap, start)
            }
        }
    }

    /// Reads the portable format. Bytes that end too early or go on too long are refused; what is inside is trusted, since
    /// only this program wrote it.
    package init(portable bytes: [UInt8]) throws(Fault) {
        let read: RoaringStorage? = unsafe bytes.withUnsafeBytes { bytes in
            guard let start = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress,
                unsafe roaring_bitmap_portable_deserialize_size(start, bytes.count) == bytes.count,
                let bitmap = unsafe roaring_bitmap_portable_deserialize_safe(start, bytes.count)
            else { return nil }
            return unsafe RoaringStorage(owning: bitmap)
        }
        guard let read else { throw .malformed }
        self.init(read)
    }
}
