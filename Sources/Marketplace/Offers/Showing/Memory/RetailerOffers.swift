import EventLog
import Kernel
import Parties
import Postgres
import Synchronization
import Tenancy

/// The offers of one retailer in memory, kept as the tables are. They begin with everything there is; then each look reads what
/// was committed since. One look at a time.
final class RetailerOffers: Sendable {
    private struct Content {
        var snapshot: OfferSnapshot
        var position: ProfilePosition
        /// When what it equals was about to be read, by the uptime.
        var seenNanos: Int64
    }

    private struct State {
        var content: Content?
        var askedNanos: Int64
        /// Somebody wrote on this node: what was read before is not shown any more.
        var writtenNanos: Int64 = .min
        var isBusy = false
        var tooLargeUntilNanos: Int64 = .min
    }

    let retailer: RetailerID
    let boards: OfferBoards
    let counters: OfferCounters
    private let room: OfferRoom
    private let state: Mutex<State>

    init(_ retailer: RetailerID, in room: OfferRoom) {
        self.retailer = retailer
        self.room = room
        boards = OfferBoards(room)
        counters = OfferCounters(retailer, room)
        state = Mutex(State(askedNanos: room.world.uptimeNanos()))
    }

    /// What was committed within the last moments. Asking keeps it.
    func current() -> OfferSnapshot? {
        let now = room.world.uptimeNanos()
        return state.withLock { state in
            state.askedNanos = now
            guard let content = state.content, content.seenNanos >= state.writtenNanos,
                now - content.seenNanos <= OfferBounds.ageMillisMax * 1_000_000
            else { return nil }
            return content.snapshot
        }
    }

    /// Whoever writes on this node reads what was written.
    func wrote() {
        let now = room.world.uptimeNanos()
        state.withLock { $0.writtenNanos = now }
    }

    var standing: OfferStanding {
        let (now, boardBytes) = (room.world.uptimeNanos(), boards.byteCount)
        return state.withLock { state in
            OfferStanding(
                isLoaded: state.content != nil, bytes: (state.content?.snapshot.byteCount ?? 0) + boardBytes,
                shoppers: state.content?.snapshot.people.directory.count ?? 0, idleNanos: now - state.askedNanos,
                lagNanos: state.content.map { now - $0.seenNanos } ?? 0, isTooLarge: now < state.tooLargeUntilNanos)
        }
    }

    func drop() {
        state.withLock { $0.content = nil }
        boards.drop()
    }

    /// Brings it up to date: one look. Nothing where another is under way.
    func advance() async {
        let isFree = state.withLock { state in
            defer { state.isBusy = true }
            return !state.isBusy
        }
        guard isFree else { return }
        defer { state.withLock { $0.isBusy = false } }
        do {
            if let former = state.withLock({ $0.content }) {
                try await follow(former)
            } else {
                try await load()
            }
        } catch let large as OffersTooLarge {
            let until = room.world.uptimeNanos() + OfferBounds.tooLargeSeconds * 1_000_000_000
            state.withLock { state in
                state.content = nil
                state.tooLargeUntilNanos = until
            }
            room.onNotice(retailer, .tooLarge(bytes: large.bytes))
        } catch is CancellationError {
        } catch {
            room.onNotice(retailer, .failed("\(error)"))
        }
    }

    private func follow(_ former: Content) async throws {
        let (now, seen) = (room.world.now(), room.world.uptimeNanos())
        let snapshot = former.snapshot
        // At the start of a period the lists are made anew from all grants.
        let found = try await room.database.snapshot(
            as: .retailer(retailer), statementMillisMax: OfferBounds.loadStatementMillisMax
        ) { tx in
            guard let look = try tx.offerLook(after: snapshot, at: former.position, now: now),
                let people = look.people(after: snapshot.people)
            else { return FoundOffers?.none }
            let stage = look.stage(after: snapshot.stage)
            return FoundOffers(
                snapshot: OfferSnapshot(
                    stage: stage, people: people, standings: try tx.standings(of: stage, on: look.today), after: snapshot),
                position: look.position, recounted: look.recounted)
        }
        guard let found else { return try await load() }
        put(found, seenNanos: seen)
    }

    private func load() async throws {
        let (now, seen) = (room.world.now(), room.world.uptimeNanos())
        let found = try await room.database.snapshot(
            as: .retailer(retailer), statementMillisMax: OfferBounds.loadStatementMillisMax
        ) { [retailer] tx -> FoundOffers? in
            guard let look = try tx.offerLook(of: retailer, now: now), let people = look.people(after: nil) else { return nil }
            let stage = look.stage(after: nil)
            return FoundOffers(
                snapshot: OfferSnapshot(
                    stage: stage, people: people, standings: try tx.standings(of: stage, on: look.today)),
                position: look.position, recounted: [])
        }
        guard let found else { return }
        guard found.snapshot.byteCount <= room.bounds.bytesMax else { throw OffersTooLarge(bytes: found.snapshot.byteCount) }
        counters.forgetAll()
        put(found, seenNanos: seen)
        room.onNotice(
            retailer,
            .loaded(
                shoppers: found.snapshot.people.directory.count, bytes: found.snapshot.byteCount,
                millis: (room.world.uptimeNanos() - seen) / 1_000_000))
    }

    private func put(_ step: FoundOffers, seenNanos: Int64) {
        counters.forget(step.recounted)
        state.withLock { $0.content = Content(snapshot: step.snapshot, position: step.position, seenNanos: seenNanos) }
    }
}

/// Offers as a look left them.
private struct FoundOffers: Sendable {
    let snapshot: OfferSnapshot
    let position: ProfilePosition
    let recounted: [UInt32]
}

/// How a retailer's offers stand in memory.
struct OfferStanding: Sendable {
    let isLoaded: Bool
    let bytes: Int
    let shoppers: Int
    let idleNanos: Int64
    let lagNanos: Int64
    let isTooLarge: Bool
}

/// Offers would take more memory than there may be.
struct OffersTooLarge: Error { let bytes: Int }
