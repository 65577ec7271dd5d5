import Campaigns
import HTTPSupport
import JSONText
import Kernel
import Ledger
import Tenancy

/// Who reads a statement. To a supplier it says nothing of the receipt behind a line (DOMAIN 10); an auditor, whom both sides
/// let in, reads what the retailer does.
enum StatementReader: Sendable {
    case retailer, supplier

    init(_ call: Call) {
        if case .supplier = call.principal.organisation { self = .supplier } else { self = .retailer }
    }

    var receiptColumns: [String] { self == .retailer ? ReceiptPlace.csvColumns : [] }

    func receiptFields(_ place: ReceiptPlace?) -> [String?] {
        self == .retailer ? place?.csv ?? ReceiptPlace.csvColumns.map { _ in nil } : []
    }

    func seen(_ facts: RedeemedFacts?) -> RedeemedFacts? {
        guard self == .supplier, var facts else { return facts }
        facts.receipt = nil
        return facts
    }
}

/// A row of a list of a statement, as JSON and as CSV.
protocol StatementRow: JSONWritable {
    static func csvColumns(for reader: StatementReader) -> [String]
    func csv(for reader: StatementReader) -> [String?]
    /// What comes after it comes after this.
    var after: LineFilter.After { get }
    var cursor: String { get }
}

/// Which rows of a statement are asked for: by business day, and within it by an id that tells nothing of time.
struct LineFilter: Sendable {
    let format: TextFormat
    let page: PageRequest
    let kind: TransferKind?
    let campaign: Identifier?
    let from: BusinessDay?
    let to: BusinessDay?
    let after: After?

    struct After: Sendable {
        let day: BusinessDay
        let id: Identifier
    }

    init<Kind>(_ fields: Fields, accept: String?, hasKind: Bool, by kind: TypedID<Kind>.Type) {
        format = TextFormat(fields, accept: accept)
        page = PageRequest(fields)
        self.kind = hasKind ? fields.wordIfPresent("kind") : nil
        campaign = fields.idIfPresent("campaign_id", CampaignID.self)?.value
        from = fields.dayIfPresent("from")
        to = fields.dayIfPresent("to")
        after = page.after.flatMap { After($0, kind) }
        if page.after != nil, after == nil { fields.refuse("cursor", "bad_cursor", "Is of another list.") }
        if let from, let to, to < from { fields.refuse("to", "out_of_range", "Must not be before from.") }
    }
}

extension LineFilter.After {
    init?<Kind>(_ cursor: String, _ kind: TypedID<Kind>.Type) {
        let parts = cursor.split(separator: " ")
        guard parts.count == 2, let day = BusinessDay(String(parts[0])), let id = TypedID<Kind>(String(parts[1])) else {
            return nil
        }
        self.init(day: day, id: id.value)
    }
}
