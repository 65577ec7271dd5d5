import HTTPSupport
import HTTPTypes
import Kernel
import Tenancy

/// What is asked about shoppers' offers, whoever they are.
struct OfferQuestion: Sendable, Hashable {
    static let offersMax: Int64 = 200
    static let offersUsual: Int64 = 50

    /// Nil: the retailer as a whole.
    let store: ExternalID?
    /// Products of this category and of all that lie in it; nil: of any.
    let category: ExternalID?
    let reader: LanguagePreferences
    /// 1 to `offersMax`.
    let limit: Int
    /// Only what comes after it.
    let after: OfferRank?

    /// Whether a filter or a cursor asks for less than the best of all.
    var isWhole: Bool { category == nil && after == nil }
}

extension OfferQuestion {
    /// `?store_id`, `?category_id`, `?limit`, `?cursor` and `Accept-Language`.
    init(_ call: Call) throws {
        let reader = LanguagePreferences(call.headers[.acceptLanguage])
        self = try call.query { fields in
            let limit = fields.integerIfPresent("limit", in: 1...Self.offersMax) ?? Self.offersUsual
            return OfferQuestion(
                store: fields.externalIDIfPresent("store_id"), category: fields.externalIDIfPresent("category_id"),
                reader: reader, limit: Int(limit), after: fields.offerCursor())
        }
        try call.refuseForeignStore(store)
    }
}

extension Fields {
    fileprivate func offerCursor() -> OfferRank? {
        guard let cursor = stringIfPresent("cursor", max: 1_024) else { return nil }
        let key = Base64URL.decode(cursor).flatMap { String(validating: $0, as: UTF8.self) }
        let rank = key.flatMap(OfferRank.init(cursorKey:))
        if rank == nil { refuse("cursor", "bad_cursor", "Is not a cursor that was given out.") }
        return rank
    }
}

extension Call {
    /// A key that is bound to stores names one of them.
    func refuseForeignStore(_ store: ExternalID?) throws {
        guard let bound = principal.stores, !(store.map(bound.contains) ?? false) else { return }
        throw Problem(
            403, "role_not_allowed", "The key's roles do not allow this.", detail: "The key is bound to its stores.")
    }
}
