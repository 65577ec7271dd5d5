import JSONText
import Kernel
import Profiles

/// The details of a preview as they are told: exact, or a supplier's counts, where null is below the floor.
struct PreviewDetails: JSONWritable {
    private let rows: [(subject: DetailPlan.Subject, shoppers: Int64?)]
    /// The retailer's alone, the largest first.
    private let stores: [(id: ExternalID, shoppers: Int64)]

    init(_ plan: DetailPlan, _ exact: ExactDetails) {
        rows = zip(plan.rows, exact.rows).map { ($0.subject, $1) }
        let largest = exact.stores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        stores = largest.prefix(DetailPlan.storesMax).map { ($0.key, $0.value) }
    }

    init(_ plan: DetailPlan, _ counts: [Int64?]) {
        rows = zip(plan.rows, counts).map { ($0.subject, $1) }
        stores = []
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("stores", stores) { json, store in
                json.object { json in
                    json.field("store_id", store.id)
                    json.field("shoppers", store.shoppers)
                }
            }
            write("regions", to: &json) { if case .region(let name) = $0 { { $0.field("region", name) } } else { nil } }
            write("average_check", to: &json) { subject in
                guard case .averageCheck(let range) = subject else { return nil }
                return { json in
                    json.field("gte", range.gte)
                    json.field("lt", range.lt)
                }
            }
            write("purchase_frequency", to: &json) { subject in
                guard case .purchaseFrequency(let range) = subject else { return nil }
                return { json in
                    json.field("gte", range.gte)
                    json.field("lte", range.lte)
                }
            }
            write("without", to: &json) { if case .without(let leaf) = $0 { { $0.field("pointer", leaf) } } else { nil } }
            writeBuyers(to: &json)
            writeOverlap(to: &json)
        }
    }

    /// A list of the rows whose subjects `members` knows to write.
    private func write(
        _ name: String, to json: inout JSONWriter, _ members: (DetailPlan.Subject) -> ((inout JSONWriter) -> Void)?
    ) {
        let own = rows.compactMap { row in members(row.subject).map { (write: $0, shoppers: row.shoppers) } }
        json.array(name, own) { json, row in
            json.object { json in
                row.write(&json)
                json.field("shoppers", row.shoppers)
            }
        }
    }

    private func writeBuyers(to json: inout JSONWriter) {
        let own = rows.compactMap { row in
            if case .buyers(let buyers) = row.subject { (name: buyers.rawValue, shoppers: row.shoppers) } else { nil }
        }
        guard !own.isEmpty else { return }
        json.object("buyers") { json in
            for row in own { json.field(row.name, row.shoppers) }
        }
    }

    private func writeOverlap(to json: inout JSONWriter) {
        guard let both = rows.first(where: { $0.subject == .overlap }),
            let other = rows.first(where: { $0.subject == .otherAudience })
        else { return }
        json.object("overlap") { json in
            json.field("shoppers", both.shoppers)
            json.field("audience", other.shoppers)
        }
    }
}
