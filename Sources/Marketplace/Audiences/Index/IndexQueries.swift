import AudienceIndex
import Kernel
import Postgres
import Profiles

extension PurchaseFacts {
    /// All that can count at a moment: receipts of any age, for recency.
    fileprivate static func whole(_ moment: ProfileMoment, of shoppers: ShopperSelection) -> PurchaseFacts {
        PurchaseFacts(moment, from: firstDayEver, through: moment.today, of: shoppers)
    }

    /// The profile window.
    fileprivate static func window(_ moment: ProfileMoment, of shoppers: ShopperSelection) -> PurchaseFacts {
        PurchaseFacts(moment, from: moment.windowStart, through: moment.asOf, of: shoppers)
    }

    /// `base` to `sale`.
    fileprivate var sales: SQL {
        "\(fragment: base), \(fragment: ticket), \(fragment: returned), \(fragment: reduced), \(fragment: sale)"
    }
}

extension Transaction {
    func indexedPeople(on moment: ProfileMoment, of shoppers: ShopperSelection) throws -> IndexedPeople {
        let facts = PurchaseFacts.whole(moment, of: shoppers)
        var people = PeopleDraft()
        _ = try query(
            """
            WITH \(fragment: facts.sales), \(fragment: facts.daySpend), \(fragment: facts.activity), \(fragment: facts.year),
            latest AS (
                SELECT shopper_key, max(day) AS day FROM sale WHERE day <= \(moment.today) GROUP BY shopper_key
            )
            SELECT base.shopper_key, latest.day, activity.receipts, activity.spend, year.last_day,
                year.receipts::bigint, year.spend::bigint
            FROM base
            LEFT JOIN latest ON latest.shopper_key = base.shopper_key
            LEFT JOIN activity ON activity.shopper_key = base.shopper_key
            LEFT JOIN year ON year.shopper_key = base.shopper_key
            ORDER BY base.shopper_key
            """
        ) { row in try people.add(&row) }
        return people.finished()
    }

    func indexedVisits(
        on moment: ProfileMoment, of shoppers: ShopperSelection, _ places: Places
    ) throws -> [ExternalID: StoreVisits] {
        let facts = PurchaseFacts.window(moment, of: shoppers)
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

    func indexedFavourites(
        on moment: ProfileMoment, of shoppers: ShopperSelection, _ places: Places
    ) throws -> [ExternalID: ValuedSet] {
        let facts = PurchaseFacts.window(moment, of: shoppers)
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

    func indexedPurchases(
        on moment: ProfileMoment, of shoppers: ShopperSelection, _ places: Places
    ) throws -> [Int32: ValuedSet] {
        let first = moment.today.adding(days: 1 - ShopperFacts.boughtDaysKept)
        let facts = PurchaseFacts(moment, from: first, through: moment.today, of: shoppers)
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

    /// Who has each trait, in one statement: all rules read the same lines.
    func indexedTraits(
        _ rules: [TraitName: TraitRule], on moment: ProfileMoment, of shoppers: ShopperSelection, _ places: Places
    ) throws -> [TraitName: OrdinalSet] {
        let names = rules.keys.sorted()
        guard !names.isEmpty else { return [:] }
        let facts = PurchaseFacts.window(moment, of: shoppers)
        let holders = names.compactMap { name -> SQL? in
            rules[name].map { rule in
                "SELECT \(name) AS trait, shopper_key FROM (\(fragment: rule.holders(at: moment))) AS holder"
            }
        }
        var drafts: [TraitName: PairDraft] = [:]
        _ = try query(
            """
            WITH \(fragment: facts.ticket), \(fragment: facts.returned), \(fragment: facts.item(from: facts.first))
            SELECT trait, shopper_key
            FROM (\(fragment: .joined(holders, separator: " UNION ALL "))) AS holder
            ORDER BY shopper_key
            """
        ) { row in
            let (name, key) = (try row.next(TraitName.self), try row.next(Int64.self))
            if let place = places[key] { drafts[name, default: PairDraft()].append(place, 1) }
        }
        return drafts.mapValues(\.members)
    }

    func indexedTags(
        of retailer: RetailerID, of shoppers: ShopperSelection, _ places: Places
    ) throws -> [ExternalID: OrdinalSet] {
        var drafts: [ExternalID: PairDraft] = [:]
        _ = try query(
            """
            SELECT tag, shopper_key
            FROM shopper_tag
            WHERE retailer_id = \(retailer) AND \(fragment: shoppers.holds("shopper_key"))
            ORDER BY shopper_key
            """
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
