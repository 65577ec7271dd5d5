import Campaigns
import JSONText
import Kernel

/// Picks a viewer's offers from a board and writes them: the same bytes that `OfferList` writes of what PostgreSQL has. Pure.
struct PickOffers: OfferPage {
    let board: OfferBoard
    let snapshot: OfferSnapshot
    let viewer: OfferViewer
    /// What is counted of the viewer's limits.
    let counted: OfferCounters.Counted
    let question: OfferQuestion

    private struct Picked {
        let row: Int32
        /// When the offer ends, as JSON.
        let ends: [UInt8]
    }

    func writeMembers(naming name: String, to json: inout JSONWriter) {
        let rows = picked.sorted { $0.row < $1.row }
        let page = rows.prefix(question.limit)
        json.array(name, page) { json, picked in write(picked, to: &json) }
        json.field("next_cursor", rows.count > page.count ? page.last.map { board.rows[Int($0.row)].rank.cursor } : nil)
    }

    private func write(_ picked: Picked, to json: inout JSONWriter) {
        let row = board.rows[Int(picked.row)]
        json.raw(board.texts[row.terms])
        json.append(limits(of: row.slot))
        json.append(Self.validUntil)
        json.append(picked.ends)
        json.append(Self.close)
    }

    private static let validUntil = Array(",\"valid_until\":".utf8)
    private static let close = Array("}".utf8)

    private func limits(of slot: Int) -> [UInt8] {
        let campaign = board.stage.campaigns[slot]
        guard let own = counted[campaign.id] else { return snapshot.untouchedLimits[slot] }
        return LimitsLeft(
            campaign.limits, counted: snapshot.standings[slot].counted + own, on: board.today
        ).jsonBytes
    }

    /// One more than the page of each campaign suffices to know whether there is another page.
    private var picked: [Picked] {
        var picked: [Picked] = []
        for (slot, ends) in shown {
            var taken = 0
            for number in board.rowsOfSlot[slot] where taken <= question.limit && isWanted(board.rows[Int(number)]) {
                picked.append(Picked(row: number, ends: ends))
                taken += 1
            }
        }
        return picked
    }

    private func isWanted(_ row: OfferBoard.Row) -> Bool {
        guard viewer.isAdult || !row.isForAdults else { return false }
        if question.isWhole { return true }
        if let after = question.after, row.rank <= after { return false }
        return question.category.map(row.categories.contains) ?? true
    }

    /// The campaigns that are open to everyone or promised to the viewer today, each with when its offer ends: of two promises
    /// the later.
    private var shown: [(slot: Int, ends: [UInt8])] {
        let stage = board.stage
        var shown: [(slot: Int, endsOn: BusinessDay?, ends: [UInt8])] = board.open.compactMap { slot in
            guard !snapshot.standings[slot].isExhausted, let ends = board.endsOfOpen[slot] else { return nil }
            return (slot, nil, ends)
        }
        guard viewer.mayBeChosenFor, let key = viewer.key else { return shown.map { ($0.slot, $0.ends) } }
        for key in [key] + viewer.former {
            stage.lists.forEach(naming: key) { place in
                guard let promise = stage.promises[place], let ends = board.endsOfPromise[place],
                    !snapshot.standings[promise.slot].isExhausted
                else { return }
                if let other = shown.firstIndex(where: { $0.slot == promise.slot }) {
                    if let endsOn = shown[other].endsOn, endsOn >= promise.endsOn { return }
                    shown[other] = (promise.slot, promise.endsOn, ends)
                } else {
                    shown.append((promise.slot, promise.endsOn, ends))
                }
            }
        }
        return shown.map { ($0.slot, $0.ends) }
    }
}
