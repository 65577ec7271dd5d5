import AudienceIndex
import EventLog
import Kernel
import Postgres
import Profiles
import Synchronization
import Tenancy

/// One index of one retailer, kept as the tables are. It begins with its copy, or is built, and then looks again at whoever
/// changed; a new day or setting builds it anew while the former one stays. One look at a time.
///
/// ```
/// (nothing) -> loaded from a copy, or built -> followed ... -> built anew -> followed ...
/// ```
final class LiveIndex: Sendable {
    private struct Content {
        var index: ShopperIndex
        var bytes: Int
        var position: ProfilePosition
        /// When the snapshot was about to be taken that the index equals, by the uptime.
        var seenNanos: Int64
        /// When it was built, or loaded.
        var madeNanos: Int64
        var hasChangedSinceCopy = false
        var copiedNanos: Int64
    }

    private struct State {
        var content: Content?
        var askedNanos: Int64
        var isBusy = false
        var tooLargeUntilNanos: Int64 = .min
    }

    let shelf: IndexShelf
    private let room: IndexRoom
    private let state: Mutex<State>

    init(_ shelf: IndexShelf, in room: IndexRoom) {
        self.shelf = shelf
        self.room = room
        state = Mutex(State(askedNanos: room.world.uptimeNanos()))
    }

    /// The index, where it equals what was committed within the last moments, for these profiles. Asking keeps it.
    func current(for moment: ProfileMoment) -> ShopperIndex? {
        let now = room.world.uptimeNanos()
        return state.withLock { state in
            state.askedNanos = now
            guard let content = state.content, content.index.moment.hasProfiles(of: moment),
                now - content.seenNanos <= IndexBounds.ageMillisMax * 1_000_000
            else { return nil }
            return content.index
        }
    }

    var standing: IndexStanding {
        let now = room.world.uptimeNanos()
        return state.withLock { state in
            IndexStanding(
                isLoaded: state.content != nil, bytes: state.content?.bytes ?? 0,
                shoppers: state.content?.index.base ?? 0, idleNanos: now - state.askedNanos,
                lagNanos: state.content.map { now - $0.seenNanos } ?? 0,
                ageNanos: state.content.map { now - $0.madeNanos } ?? 0, isTooLarge: now < state.tooLargeUntilNanos)
        }
    }

    /// Lets the memory go.
    func drop() { state.withLock { $0.content = nil } }

    /// Brings it up to date: one look. Nothing where another is under way.
    func advance() async {
        let isFree = state.withLock { state in
            defer { state.isBusy = true }
            return !state.isBusy
        }
        guard isFree else { return }
        defer { state.withLock { $0.isBusy = false } }
        do {
            if state.withLock({ $0.content == nil }) { try await start() }
            try await follow()
            try await copyWhereDue()
        } catch let large as TooLarge {
            let until = room.world.uptimeNanos() + IndexBounds.tooLargeSeconds * 1_000_000_000
            state.withLock { state in
                state.content = nil
                state.tooLargeUntilNanos = until
            }
            room.onNotice(shelf, .tooLarge(bytes: large.bytes))
        } catch is CancellationError {
        } catch {
            room.onNotice(shelf, .failed("\(error)"))
        }
    }

    private func start() async throws {
        guard let copies = room.copies else { return try await build(.start) }
        let (shelf, now, sample) = (shelf, room.world.now(), try await room.sample(for: shelf))
        let (moment, origin, catalogue) = try await room.database.snapshot(as: .retailer(shelf.retailer)) { tx in
            let moment = shelf.view.moment(try tx.profileMoment(of: shelf.retailer, at: now), of: sample)
            return (moment, try tx.profilePosition().origin, try tx.indexedCatalogue(of: shelf.retailer))
        }
        do {
            let copy = try await room.lane.run { try copies.read(shelf, moment, origin: origin) }
            let index = ShopperIndex(
                moment: moment, layers: copy.layers, catalogue: catalogue, rules: copy.rules, scoring: Scoring(),
                crew: room.crew)
            try room.check(index.byteCount)
            put(index, copy.position, seenNanos: .min / 2)
            room.onNotice(shelf, .loaded(shoppers: index.base, bytes: index.byteCount))
        } catch let fault as IndexFile.Fault {
            if fault != .missing { room.onNotice(shelf, .copyRefused("\(fault)")) }
            try await build(.start)
        }
    }

    private enum Look {
        case followed(FollowedIndex, ProfilePosition)
        case stale(IndexRebuild)
    }

    private func follow() async throws {
        guard let content = state.withLock({ $0.content }) else { return }
        let (shelf, now, seen) = (shelf, room.world.now(), room.world.uptimeNanos())
        let (index, position, sample) = (content.index, content.position, content.index.moment.sample)
        let look = try await room.database.snapshot(
            as: .retailer(shelf.retailer), statementMillisMax: IndexBounds.buildStatementMillisMax
        ) { tx -> Look in
            let moment = shelf.view.moment(try tx.profileMoment(of: shelf.retailer, at: now), of: sample)
            guard index.moment.hasProfiles(of: moment) else { return .stale(.moment) }
            guard let (changes, position) = try tx.profileChanges(of: shelf.retailer, since: position) else {
                return .stale(.behind)
            }
            guard let followed = try tx.following(changes, from: index) else { return .stale(.many) }
            return .followed(followed, position)
        }
        switch look {
        case .stale(let reason): try await build(reason)
        case .followed(let followed, let position):
            let (next, bytes) = try await room.lane.run {
                let next = followed.applied()
                return (next, next.byteCount)
            }
            state.withLock { state in
                state.content?.hasChangedSinceCopy = content.hasChangedSinceCopy || followed.hasChanges
                state.content?.index = next
                state.content?.bytes = bytes
                state.content?.position = position
                state.content?.seenNanos = seen
            }
            if !followed.touched.isEmpty { room.onNotice(shelf, .followed(shoppers: followed.touched.count)) }
        }
    }

    private func build(_ reason: IndexRebuild) async throws {
        guard room.startBuilding() else { return }
        defer { room.stopBuilding() }
        room.onNotice(shelf, .building(reason))
        let sample = try await room.sample(for: shelf)
        let (shelf, room, now, seen) = (shelf, room, room.world.now(), room.world.uptimeNanos())
        let (index, position) = try await room.database.snapshot(
            as: .retailer(shelf.retailer), statementMillisMax: IndexBounds.buildStatementMillisMax
        ) { tx in
            let position = try tx.profilePosition()
            let moment = shelf.view.moment(try tx.profileMoment(of: shelf.retailer, at: now), of: sample)
            let index = try tx.shopperIndex(on: moment, room.crew) { slice in
                try room.check(slice.bytes)
                room.onNotice(shelf, .slice(slice))
            }
            return (index, position)
        }
        let whole = try await room.lane.run { index.inOneLayer() }
        put(whole, position, seenNanos: seen)
        room.onNotice(
            shelf,
            .built(
                shoppers: whole.base, bytes: whole.byteCount, millis: (room.world.uptimeNanos() - seen) / 1_000_000))
        try await copy()
    }

    private func put(_ index: ShopperIndex, _ position: ProfilePosition, seenNanos: Int64) {
        let now = room.world.uptimeNanos()
        state.withLock { state in
            state.content = Content(
                index: index, bytes: index.byteCount, position: position, seenNanos: seenNanos, madeNanos: now, copiedNanos: now)
        }
    }

    private func copyWhereDue() async throws {
        let now = room.world.uptimeNanos()
        let isDue = state.withLock { state in
            guard let content = state.content else { return false }
            return content.hasChangedSinceCopy
                && now - content.copiedNanos >= room.bounds.secondsBetweenCopies * 1_000_000_000
        }
        if isDue { try await copy() }
    }

    private func copy() async throws {
        guard let copies = room.copies, let content = state.withLock({ $0.content }) else { return }
        let (shelf, now) = (shelf, room.world.uptimeNanos())
        do {
            try await room.lane.run { try copies.write(content.index, at: content.position, for: shelf) }
            state.withLock { state in
                state.content?.hasChangedSinceCopy = false
                state.content?.copiedNanos = now
            }
        } catch let fault as IndexFile.Fault {
            room.onNotice(shelf, .copyNotWritten("\(fault)"))
        }
    }
}

/// How an index stands.
struct IndexStanding: Sendable {
    let isLoaded: Bool
    let bytes: Int
    let shoppers: Int
    /// Since it was asked for.
    let idleNanos: Int64
    /// How old what it shows is.
    let lagNanos: Int64
    /// Since it was built or loaded.
    let ageNanos: Int64
    let isTooLarge: Bool
}
