import CRoaring

/// Owns one bitmap of CRoaring. It changes only while `KeySet` holds the sole reference, and reading is safe from any
/// number of threads: that is why it may be sent.
@safe final class RoaringStorage: @unchecked Sendable {
    let bitmap: UnsafeMutablePointer<roaring_bitmap_t>

    init() {
        guard let bitmap = unsafe roaring_bitmap_create() else { preconditionFailure("no memory for a set") }
        unsafe self.bitmap = unsafe bitmap
    }

    /// Takes over a bitmap that CRoaring made.
    init(owning bitmap: UnsafeMutablePointer<roaring_bitmap_t>?) {
        guard let bitmap = unsafe bitmap else { preconditionFailure("no memory for a set") }
        unsafe self.bitmap = unsafe bitmap
    }

    deinit { unsafe roaring_bitmap_free(bitmap) }
}
