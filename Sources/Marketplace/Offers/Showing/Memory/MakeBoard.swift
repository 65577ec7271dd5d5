import Campaigns
import Catalogue
import JSONText
import Kernel
import Parties
import Postgres

extension Transaction {
    /// What a stage shows at a place, in a reader's languages; nil where there is no such store, or too much of it.
    func board(_ name: BoardName, of stage: OfferStage, at now: Instant) throws -> OfferBoard? {
        let retailer = stage.retailer
        guard let place = try offerPlace(name.store, of: retailer.id, at: now) else { return nil }
        let present = stage.campaigns.map { $0.asOf(place.today) }
        let shown = present.filter { $0.isOpen(at: place.local, inStore: place.store) }
        let candidates = try candidates(of: shown, at: place, stage)
        guard candidates.count <= OfferBounds.rowsOfBoardMax else { return nil }
        let (contents, ends) = try contentsAndEnds(of: shown, of: stage, at: place)
        let goods = try shownProducts(Set(candidates.map(\.candidate.product)), of: retailer.id)
        var (texts, rows) = ([UInt8](), [OfferBoard.Row]())
        for (face, candidate) in candidates {
            guard let slot = stage.slot(of: candidate.campaign.id), let content = contents[candidate.campaign.id],
                let product = goods[candidate.product]
            else { continue }
            let offer = Offer(
                candidate, content, (product.id, product.name), for: name.reader, of: retailer,
                limits: LimitsLeft(candidate.campaign.limits, counted: [], on: place.today), activation: .none)
            let start = texts.count
            texts += offer.openTerms
            rows.append(
                OfferBoard.Row(
                    rank: candidate.rank, slot: slot, face: face, isForAdults: product.isAdult,
                    pieceMinor: product.isPiece ? candidate.pieceMinor : 0, terms: start..<texts.count,
                    categories: product.categories))
        }
        return OfferBoard(
            stage: stage, campaigns: present, today: place.today, good: now..<stage.nextChange(after: now, at: place), rows: rows,
            texts: texts,
            ends: ends)
    }

    /// What campaigns give at each of their depths, the best first.
    private func candidates(
        of campaigns: [RunningCampaign], at place: OfferPlace, _ stage: OfferStage
    ) throws -> [(face: Int, candidate: Candidate)] {
        let shown = Dictionary(campaigns.map { ($0.id, $0) }) { first, _ in first }
        var found: [(face: Int, candidate: Candidate)] = []
        // One question for all campaigns at their first depth, and one for each further depth that some have.
        let byTurn = Dictionary(grouping: stage.faces.enumerated()) { face in
            stage.campaigns[face.element.slot].depthsBP.firstIndex(of: face.element.depthBP) ?? 0
        }
        for (_, faces) in byTurn.sorted(by: { $0.key < $1.key }) {
            let numbers = Dictionary(faces.map { (stage.campaigns[$0.element.slot].id, $0.offset) }) { first, _ in first }
            let turned = faces.compactMap { shown[stage.campaigns[$0.element.slot].id]?.atDepth($0.element.depthBP) }
            guard !turned.isEmpty else { continue }
            found += try candidates(of: turned, at: place, without: [], stage.policy, of: stage.retailer.id)
                .compactMap { candidate in numbers[candidate.campaign.id].map { ($0, candidate) } }
        }
        return found.sorted { ($0.candidate.rank, $0.face) < ($1.candidate.rank, $1.face) }
    }

    /// What the campaigns say, and when each of their offers ends: for everyone, or as a promise through a day.
    private func contentsAndEnds(
        of campaigns: [RunningCampaign], of stage: OfferStage, at place: OfferPlace
    ) throws -> ([CampaignID: OfferContent], OfferEnds) {
        var (all, ends) = ([CampaignID: OfferContent](), OfferEnds())
        let promised = stage.promises.compactMap { $0 }.filter { $0.covers(place.today) }
        // What an open campaign is about may end before the campaign does.
        let open = campaigns.filter(\.isForEveryone)
        var lastDays = Dictionary(grouping: open) { $0.lastDayOfVersion(on: place.today) }.mapValues { $0.map(\.id) }
        let shown = Set(campaigns.map(\.id))
        for (day, promises) in Dictionary(grouping: promised, by: \.endsOn) {
            lastDays[day, default: []] += Set(promises.map { stage.campaigns[$0.slot].id }).filter(shown.contains)
        }
        for (day, ids) in lastDays where !ids.isEmpty {
            let contents = try offerContents(of: ids.map { ($0, day) }, in: place, at: stage.retailer.id)
            for (id, content) in contents {
                guard let slot = stage.slot(of: id) else { continue }
                ends[slot, through: day] = content.validUntil.jsonBytes
            }
            all.merge(contents) { first, _ in first }
        }
        return (all, ends)
    }

    /// These products as they are shown. Index: the primary key of the ordinals.
    private func shownProducts(_ ordinals: Set<Int32>, of retailer: RetailerID) throws -> [Int32: ShownProduct] {
        let tree = try categoryTree(of: retailer)
        let found = try query(
            """
            SELECT ordinal, product_id, name, is_adult, unit = 'piece', category_id
            FROM product
            WHERE retailer_id = \(retailer) AND ordinal = ANY(\(ordinals.sorted()))
            """
        ) { row in
            (
                try row.next(Int32.self),
                ShownProduct(
                    id: try row.next(), name: try row.next(), isAdult: try row.next(), isPiece: try row.next(),
                    categories: Set(try row.nextOptional(ExternalID.self).map(tree.path) ?? []))
            )
        }
        return Dictionary(uniqueKeysWithValues: found)
    }
}

private struct ShownProduct {
    let id: ExternalID
    let name: String
    let isAdult: Bool
    let isPiece: Bool
    let categories: Set<ExternalID>
}

extension Offer {
    /// The offer as an object of JSON up to the limits that are left: `{"campaign_id":...,"limits_left":`.
    fileprivate var openTerms: [UInt8] {
        var json = JSONWriter(reserving: 768)
        json.object { json in
            writeTerms(to: &json)
            json.name("limits_left")
        }
        return json.bytes.dropLast()
    }
}

extension OfferStage {
    /// When what is shown at a place may be something else by the clock there: when the business day is over, or a campaign
    /// begins or ends.
    fileprivate func nextChange(after now: Instant, at place: OfferPlace) -> Instant {
        let dayEnds = LocalTime(startOf: place.today.adding(days: 1)).clock.adding(seconds: Int64(place.dayStartsAtMinutes) * 60)
        let moments = [dayEnds] + campaigns.flatMap { [$0.startsAtLocal, $0.endsAtLocal] }
        let micros = moments.map { $0.microseconds - place.local.microseconds }.filter { $0 > 0 }
        return Instant(microseconds: now.microseconds + min(micros.min() ?? 0, OfferBounds.boardSecondsMax * 1_000_000))
    }
}
