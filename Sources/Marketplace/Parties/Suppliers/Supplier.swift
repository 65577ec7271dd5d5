package import JSONText
package import Kernel

/// A brand owner or distributor, who works with many retailers.
package struct Supplier: Sendable, Hashable {
    package let id: SupplierID
    package let name: String
    package let createdAt: Instant
}

extension Supplier: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("name", name)
            json.field("created_at", createdAt)
        }
    }
}
