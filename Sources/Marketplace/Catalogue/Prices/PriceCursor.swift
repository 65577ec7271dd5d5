import HTTPSupport
import Kernel

/// Where a page of one product's prices or bounds ended: `regular/store/2026-03-01/s1`.
struct PriceCursor: Sendable, Hashable {
    let kind: String
    let placeKind: String
    let placeID: ExternalID
    let validFrom: BusinessDay

    init(_ price: Price) {
        kind = price.kind.rawValue
        placeKind = price.place.kind
        placeID = price.place.id
        validFrom = price.validFrom
    }

    init(_ bound: PriceBound) {
        kind = bound.kind.rawValue
        placeKind = bound.priceZone == nil ? "everywhere" : "price_zone"
        placeID = bound.priceZone ?? ExternalID(stored: "")
        validFrom = bound.validFrom
    }

    /// Nil on the first page; refuses a cursor of another list.
    init?(_ page: PageRequest) throws {
        guard let text = page.after else { return nil }
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let day = BusinessDay(String(parts[2])) else {
            throw Problem.invalid([FieldProblem(pointer: "?cursor", code: "bad_cursor", detail: "Is of another list.")])
        }
        kind = String(parts[0])
        placeKind = String(parts[1])
        validFrom = day
        placeID = ExternalID(stored: String(parts[3]))
    }

    var text: String { "\(kind)/\(placeKind)/\(validFrom)/\(placeID)" }
}
