import EventLog
import HTTPSupport
import Kernel
import Postgres

/// The platform takes on a tenant: its row, its policy with all defaults, and the head of its log.
struct CreateRetailer: Sendable {
    let name: String
    let asset: Asset
    let minorExponent: Int32
    let zone: String
    let language: String

    enum Refusal: Kernel.Refusal {
        case unknownZone

        var problem: Problem {
            switch self {
            case .unknownZone:
                .invalid([
                    FieldProblem(pointer: "/zone", code: "unknown_zone", detail: "Must be an IANA zone, like Europe/Moscow.")
                ])
            }
        }
    }

    init(_ fields: Fields) {
        name = fields.string("name", max: 200)
        let currency = fields.string("currency", max: Asset.lengthMax)
        if let parsed = Asset(currency) {
            asset = parsed
        } else {
            asset = Asset(stored: "")
            if !currency.isEmpty { fields.refuse("currency", "not_a_currency", "Must be a code like RUB.") }
        }
        minorExponent = Int32(fields.integerIfPresent("minor_exponent", in: 0...4) ?? 2)
        zone = fields.string("zone", max: 64)
        language = fields.stringIfPresent("language", max: 16) ?? "en"
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Retailer {
        guard try tx.knowsZone(zone) else { throw Refusal.unknownZone }
        let retailer = Retailer(
            id: author.world.newID(), name: name, asset: asset, minorExponent: minorExponent, zone: zone,
            language: language, createdAt: author.world.now())
        try tx.insert(retailer)
        try tx.audit(author, "retailer.created", about: .init(retailer.id), after: retailer)
        return retailer
    }
}
