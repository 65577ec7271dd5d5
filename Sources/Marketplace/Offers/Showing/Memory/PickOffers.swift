import Campaigns
import JSONText
import Kernel

/// Picks a viewer's offers from a board and writes them: the same bytes that `OfferList` writes of what PostgreSQL has. Pure.
struct PickOffers: OfferPage {
    let board: OfferBoard
    let snapshot: OfferSnapshot
    let viewer: OfferViewer
    let use: OfferUse
    let question: OfferQuestion

    /// An offer of the viewer's: a row of the board, and the place of its promise, or -1 where it is open to everyone.
    private struct Picked {
        let row: Int32
        let place: Int32
    }

    /// A campaign that the viewer is shown.
    private struct Shown {
        let slot: Int32
        var face: Int32
        var place: Int32
    }

    func writeMembers(naming name: String, to json: inout JSONWriter) {
        let rows = picked
        let page = rows.prefix(question.limit)
        json.array(name, page) { json, picked in write(picked, to: &json) }
        json.field("next_cursor", rows.count > page.count ? page.last.map { board.rows[Int($0.row)].rank.cursor } : nil)
    }

    private func write(_ picked: Picked, to json: inout JSONWriter) {
        let row = board.rows[Int(picked.row)]
        json.raw(board.texts[row.terms])
        json.append(limits(of: row.slot))
        json.append(activation(of: row.slot))
        json.append(Self.validUntil)
        json.append((picked.place < 0 ? board.endsOfOpen[row.slot] : board.endsOfPromise[Int(picked.place)]) ?? [])
        json.append(Self.close)
    }

    private static let (noActivation, needsActivation, isActivated) = (
        text(of: .none), text(of: .needed), text(of: .done)
    )
    private static let validUntil = Array(",\"valid_until\":".utf8)
    private static let close = Array("}".utf8)

    private func limits(of slot: Int) -> [UInt8] {
        guard !use.counted.isEmpty, let own = use.counted[board.campaigns[slot].id] else { return snapshot.untouchedLimits[slot] }
        return LimitsLeft(
            board.campaigns[slot].limits, counted: snapshot.standings[slot].counted + own, on: board.today
        ).jsonBytes
    }

    private func activation(of slot: Int) -> [UInt8] {
        guard board.needsActivation[slot] else { return Self.noActivation }
        return use.activated.contains(board.campaigns[slot].id) ? Self.isActivated : Self.needsActivation
    }

    private static func text(of activation: OfferActivation) -> [UInt8] {
        Array(",\"activation\":\"\(activation.rawValue)\"".utf8)
    }

    /// The best first. One more than the page of each campaign suffices to know whether there is another page.
    private var picked: [Picked] {
        let shown = shown
        var picked: [Picked] = []
        picked.reserveCapacity(shown.count)
        for campaign in shown {
            let pieceMax = snapshot.standings[Int(campaign.slot)].pieceMaxMinor
            let isShort = board.pieceMaxOfFace[Int(campaign.face)] > pieceMax
            var taken = 0
            for number in board.rowsOfFace[Int(campaign.face)] {
                guard taken <= question.limit else { break }
                guard isWanted(number), !isShort || board.rows[Int(number)].pieceMinor <= pieceMax else { continue }
                picked.append(Picked(row: number, place: campaign.place))
                taken += 1
            }
        }
        picked.sort { $0.row < $1.row }
        return picked
    }

    private func isWanted(_ number: Int32) -> Bool {
        if question.isWhole, viewer.isAdult { return true }
        let row = board.rows[Int(number)]
        guard viewer.isAdult || !row.isForAdults else { return false }
        if question.isWhole { return true }
        if let after = question.after, row.rank <= after { return false }
        return question.category.map(row.categories.contains) ?? true
    }

    /// The campaigns that are open to everyone or promised to the viewer today: of two promises of one the better.
    private var shown: [Shown] {
        var shown = board.open.filter { !snapshot.standings[$0].isExhausted && board.endsOfOpen[$0] != nil }
            .map { Shown(slot: Int32($0), face: Int32(board.faceOfSlot[$0]), place: -1) }
        guard viewer.mayBeChosenFor, let key = viewer.key else { return shown }
        for key in [key] + viewer.former {
            board.stage.lists.forEach(naming: key) { place in
                guard board.covers(place), let promise = board.stage.promises[place],
                    !snapshot.standings[promise.slot].isExhausted
                else { return }
                let slot = Int32(promise.slot)
                guard let other = shown.firstIndex(where: { $0.slot == slot }) else {
                    return shown.append(Shown(slot: slot, face: Int32(promise.face), place: Int32(place)))
                }
                guard let known = board.stage.promises[Int(shown[other].place)], promise.promise.isBetter(than: known.promise)
                else { return }
                (shown[other].face, shown[other].place) = (Int32(promise.face), Int32(place))
            }
        }
        return shown
    }
}
