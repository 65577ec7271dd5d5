import Bitmaps
import Kernel
import Postgres
import Shoppers

extension Transaction {
    /// All shoppers of a retailer, and of whom something is counted or activated. Scans its cards, shoppers and counters.
    func offerPeople(of retailer: RetailerID, personalOffersDefault: Bool) throws -> OfferPeople {
        OfferPeople(
            directory: try shopperDirectory(of: retailer),
            flags: try flags(of: retailer, personalOffersDefault: personalOffersDefault, among: "true"),
            counted: try countedShoppers(of: retailer))
    }

    /// These shoppers again.
    func offerPeople(
        _ keys: [Int64], of retailer: RetailerID, personalOffersDefault: Bool
    ) throws -> PeopleRead {
        guard !keys.isEmpty else { return PeopleRead() }
        let cards = try query(
            """
            SELECT shopper_id, shopper_key
            FROM shopper_card
            WHERE retailer_id = \(retailer) AND shopper_key = ANY(\(keys))
            """
        ) { row in (try row.next(ExternalID.self), UInt32(try row.next(Int64.self))) }
        let flags = try flags(
            of: retailer, personalOffersDefault: personalOffersDefault,
            among: "shopper_key = ANY(\(keys)) OR merged_into = ANY(\(keys))")
        return PeopleRead(keys: keys.map { UInt32($0) }, cards: cards, flags: flags)
    }

    private func shopperDirectory(of retailer: RetailerID) throws -> ShopperDirectory {
        var draft = ShopperDirectory.Draft()
        var last = ExternalID(stored: "")
        while true {
            let cards = try query(
                """
                SELECT shopper_id, shopper_key
                FROM shopper_card
                WHERE retailer_id = \(retailer) AND shopper_id > \(last)
                ORDER BY shopper_id
                LIMIT \(OfferBounds.cardsOfStatementMax)
                """
            ) { row in (id: try row.next(ExternalID.self), key: UInt32(try row.next(Int64.self))) }
            guard let end = cards.last else { return ShopperDirectory(draft) }
            for card in cards { draft.add(card.id, card.key) }
            last = end.id
        }
    }

    private func flags(
        of retailer: RetailerID, personalOffersDefault: Bool, among wanted: SQL
    ) throws -> PeopleFlags {
        var flags = PeopleFlags()
        flags.unwilling = try keys(
            of: retailer, among: wanted, that: "NOT COALESCE(personal_offers, \(personalOffersDefault))")
        flags.erased = try keys(of: retailer, among: wanted, that: "erased_at IS NOT NULL")
        flags.adults = try keys(of: retailer, among: wanted, that: "adult = 'yes'")
        let merged = try query(
            """
            SELECT merged_into, shopper_key
            FROM shopper
            WHERE retailer_id = \(retailer) AND (\(fragment: wanted)) AND merged_into IS NOT NULL
            ORDER BY shopper_key
            """
        ) { row in (into: UInt32(try row.next(Int64.self)), key: UInt32(try row.next(Int64.self))) }
        flags.former = Dictionary(grouping: merged, by: \.into).mapValues { $0.map(\.key) }
        return flags
    }

    private func keys(of retailer: RetailerID, among wanted: SQL, that isSo: SQL) throws -> KeySet {
        KeySet(
            try query(
                """
                SELECT shopper_key
                FROM shopper
                WHERE retailer_id = \(retailer) AND (\(fragment: wanted)) AND (\(fragment: isSo))
                """
            ) { row in UInt32(try row.next(Int64.self)) })
    }

    /// Index: `limit_counter_by_subject`, `offer_activation_by_shopper`.
    private func countedShoppers(of retailer: RetailerID) throws -> KeySet {
        var counted = KeySet(
            try query(
                """
                SELECT DISTINCT subject
                FROM limit_counter
                WHERE retailer_id = \(retailer) AND subject <> '' AND counter LIKE 'units_per_shopper%'
                """, { row in try row.next(String.self) }
            ).compactMap { UInt32($0) })
        counted.formUnion(
            KeySet(
                try query(
                    "SELECT DISTINCT shopper_key FROM offer_activation WHERE retailer_id = \(retailer)",
                    { row in UInt32(try row.next(Int64.self)) })))
        return counted
    }
}
