import AudienceIndex
import Kernel
import Postgres
import Profiles

extension PurchaseFacts {
    /// All that can count at a moment: receipts of any age, for recency.
    fileprivate static func whole(_ moment: ProfileMoment) -> PurchaseFacts {
        PurchaseFacts(moment, from: firstDayEver, through: moment.today)
    }

    /// `base` to `sale`.
    fileprivate var sales: SQL {
        "\(fragment: base), \(fragment: ticket), \(fragment: returned), \(fragment: reduced), \(fragment: sale)"
    }
}

extension Transaction {
    func indexedPeople(on moment: ProfileMoment) throws -> IndexedPeople {
        let facts = PurchaseFacts.whole(moment)
        var people = PeopleDraft()
        _ = try query(
            """
            WITH \(fragment: facts.sales), \(fragment: facts.daySpend), \(fragment: facts.activity), \(fragment: facts.rfm),
            latest AS (
                SELECT shopper_key, max(day) AS day FROM sale WHERE day <= \(moment.today) GROUP BY shopper_key
            )
            SELECT base.shopper_key, latest.day, activity.receipts, activity.spend, rfm.r, rfm.f, rfm.m, rfm.segment
            FROM base
            LEFT JOIN latest ON latest.shopper_key = base.shopper_key
            LEFT JOIN activity ON activity.shopper_key = base.shopper_key
            LEFT JOIN rfm ON rfm.shopper_key = base.shopper_key
            ORDER BY base.shopper_key
            """
        ) { row in try people.add(&row) }
        return people.finished()
    }

    func indexedVisits(on moment: ProfileMoment, _ places: Places) throws -> [ExternalID: StoreVisits] {
        let facts = PurchaseFacts(moment, from: moment.windowStart, through: moment.asOf)
        var drafts: [ExternalID: PairDraft] = [:]
        _ = try query(
            """
            WITH \(fragment: facts.sales)
            SELECT store.store_id, sale.shopper_key, count(*)
            FROM sale
            JOIN store ON store.retailer_id = \(moment.retailer) AND store.ordinal = sale.store_ordinal
            GROUP BY store.store_id, sale.shopper_key
            ORDER BY sale.shopper_key
            """
        ) { row in
            let (store, key, receipts) = (try row.next(ExternalID.self), try row.next(Int64.self), try row.next(Int64.self))
            if let place = places[key] { drafts[store, default: PairDraft()].append(place, UInt16(clamping: receipts)) }
        }
        return drafts.mapValues { StoreVisits(shoppers: $0.members, receipts: $0.valued) }
    }

    func indexedFavourites(on moment: ProfileMoment, _ places: Places) throws -> [ExternalID: ValuedSet] {
        let facts = PurchaseFacts(moment, from: moment.windowStart, through: moment.asOf)
        var drafts: [ExternalID: PairDraft] = [:]
        _ = try query(
            """
            WITH \(fragment: facts.ticket), \(fragment: facts.returned), \(fragment: facts.item(from: facts.first))
            SELECT brand_id, shopper_key, place
            FROM (\(fragment: Oracle.favouritePlaces(at: moment))) AS favourite
            WHERE place <= \(Criterion.topMax)
            ORDER BY shopper_key
            """
        ) { row in
            let (brand, key, place) = (try row.next(ExternalID.self), try row.next(Int64.self), try row.next(Int64.self))
            if let ordinal = places[key] { drafts[brand, default: PairDraft()].append(ordinal, UInt16(clamping: place)) }
        }
        return drafts.mapValues(\.valued)
    }

    func indexedPurchases(on moment: ProfileMoment, _ places: Places) throws -> [Int32: ValuedSet] {
        let first = moment.today.adding(days: 1 - ShopperIndex.boughtDaysMax)
        let facts = PurchaseFacts(moment, from: first, through: moment.today)
        var drafts: [Int32: PairDraft] = [:]
        _ = try query(
            """
            WITH \(fragment: facts.ticket), \(fragment: facts.returned), \(fragment: facts.item(from: first))
            SELECT product_ordinal, shopper_key, max(day)
            FROM item
            WHERE product_ordinal IS NOT NULL
            GROUP BY product_ordinal, shopper_key
            ORDER BY shopper_key
            """
        ) { row in
            let (product, key) = (try row.next(Int32.self), try row.next(Int64.self))
            let day = ShopperIndex.code(of: try row.next(BusinessDay.self))
            if let place = places[key] { drafts[product, default: PairDraft()].append(place, day) }
        }
        return drafts.mapValues(\.valued)
    }

    func indexedTraits(
        _ rules: [TraitName: TraitRule], on moment: ProfileMoment, _ places: Places
    ) throws -> [TraitName: OrdinalSet] {
        let facts = PurchaseFacts(moment, from: moment.windowStart, through: moment.asOf)
        return try rules.mapValues { rule in
            let holders = try query(
                """
                WITH \(fragment: facts.ticket), \(fragment: facts.returned), \(fragment: facts.item(from: facts.first))
                SELECT shopper_key FROM (\(fragment: rule.holders(at: moment))) AS holder ORDER BY shopper_key
                """
            ) { row in try row.next(Int64.self) }
            return OrdinalSet(holders.compactMap { places[$0] })
        }
    }

    func indexedTags(of retailer: RetailerID, _ places: Places) throws -> [ExternalID: OrdinalSet] {
        var drafts: [ExternalID: PairDraft] = [:]
        _ = try query(
            "SELECT tag, shopper_key FROM shopper_tag WHERE retailer_id = \(retailer) ORDER BY shopper_key"
        ) { row in
            let (tag, key) = (try row.next(ExternalID.self), try row.next(Int64.self))
            if let place = places[key] { drafts[tag, default: PairDraft()].append(place, 1) }
        }
        return drafts.mapValues(\.members)
    }

    func indexedCatalogue(of retailer: RetailerID) throws -> IndexedCatalogue {
        var catalogue = IndexedCatalogue()
        _ = try query(
            "SELECT product_id, ordinal, brand_id, category_id FROM product WHERE retailer_id = \(retailer)"
        ) { row in
            catalogue.add(
                product: try row.next(), ordinal: try row.next(), brand: try row.nextOptional(),
                category: try row.nextOptional())
        }
        _ = try query("SELECT category_id, parent_id FROM category WHERE retailer_id = \(retailer)") { row in
            catalogue.add(category: try row.next(), parent: try row.nextOptional())
        }
        return catalogue
    }
}
