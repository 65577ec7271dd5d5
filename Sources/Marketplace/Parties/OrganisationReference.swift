import JSONText
import Kernel

/// An organisation as answers name it: its kind, and its public id, null for the platform, of which there is one.
struct OrganisationReference: Sendable, JSONWritable {
    let kind: String
    let id: Identifier

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", kind)
            json.field("id", publicID)
        }
    }

    private var publicID: String? {
        switch kind {
        case "retailer": RetailerID(id).description
        case "supplier": SupplierID(id).description
        case "auditor": AuditorGrantID(id).description
        default: nil
        }
    }
}
