import Kernel
import Parties
import Postgres
import Synchronization
import Tenancy

/// The boards of a retailer that were asked for lately. Whoever needs one that is not there makes it; those who come meanwhile
/// wait for it.
final class OfferBoards: Sendable {
    private struct Wanted: Hashable, Sendable {
        let name: BoardName
        let stage: OfferStage

        static func == (left: Wanted, right: Wanted) -> Bool { left.stage === right.stage && left.name == right.name }

        func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(ObjectIdentifier(stage))
        }
    }

    private struct Shelf {
        var boards: [BoardName: OfferBoard] = [:]
        var bytes = 0
    }

    private let shelf = Mutex(Shelf())
    private let looks: SharedLooks<Wanted, OfferBoard>
    private let room: OfferRoom

    init(_ room: OfferRoom) {
        self.room = room
        looks = SharedLooks { [database = room.database, world = room.world] wanted in
            var boards: [Wanted: OfferBoard] = [:]
            for one in wanted {
                let now = world.now()
                boards[one] = try await database.read(as: .retailer(one.stage.retailer.id)) { tx in
                    try tx.board(one.name, of: one.stage, at: now)
                }
            }
            return boards
        }
    }

    /// Nil where there is no such store, or too much of it.
    func board(_ name: BoardName, of stage: OfferStage) async throws -> OfferBoard? {
        let now = room.world.now()
        let known = shelf.withLock { $0.boards[name] }
        if let known, known.stage === stage, known.good.contains(now) { return known }
        guard let made = try await looks.ask(Wanted(name: name, stage: stage)) else { return nil }
        shelf.withLock { shelf in
            shelf.bytes += made.byteCount - (shelf.boards[name]?.byteCount ?? 0)
            shelf.boards[name] = made
            if shelf.boards.count > OfferBounds.boardsMax || shelf.bytes > room.bounds.bytesMax / 4 {
                shelf.boards = shelf.boards.filter { $0.value.stage === stage && $0.value.good.contains(now) }
                if shelf.boards.count > OfferBounds.boardsMax / 2 || shelf.bytes > room.bounds.bytesMax / 4 {
                    shelf.boards = [name: made]
                }
                shelf.bytes = shelf.boards.values.reduce(0) { $0 + $1.byteCount }
            }
        }
        return made
    }

    var byteCount: Int { shelf.withLock(\.bytes) }

    func drop() { shelf.withLock { $0 = Shelf() } }
}
