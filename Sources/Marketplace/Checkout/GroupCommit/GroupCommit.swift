import Kernel
import Postgres
import Synchronization

/// Writes the requests of many connections in few transactions, each request with an answer of its own.
///
/// Requests of one retailer that come while a transaction is at work are collected and written by the next, which one of
/// them leads. A batch that fails is halved until the request that fails it stands alone, so that none fails its
/// neighbours. An answer is given after the commit, so nothing that was acknowledged is lost.
final class GroupCommit<Item: Sendable, Key: Hashable & Sendable, Answer: Sendable>: Sendable {
    typealias Answers = [Result<Answer, any Error>]
    /// Writes a batch in one transaction: an answer or a refusal for each item, in their order. What it throws is nobody's
    /// answer: nothing was written.
    typealias Work = @Sendable ([Item], RetailerID) async throws -> Answers

    private let bounds: CommitBounds
    private let key: @Sendable (Item) -> Key
    private let work: Work
    private let lanes = Mutex<[RetailerID: CommitLane<Ticket, Key>]>([:])

    /// Items with the same key are never written by one transaction.
    init(_ bounds: CommitBounds = CommitBounds(), key: @escaping @Sendable (Item) -> Key, work: @escaping Work) {
        self.bounds = bounds
        self.key = key
        self.work = work
    }

    private struct Ticket: Sendable {
        let item: Item
        let turn: CheckedContinuation<Turn, Never>
    }

    private enum Turn: Sendable {
        case leads([Ticket])
        case answered(Result<Answer, any Error>)
        case full
    }

    func write(_ item: Item, of retailer: RetailerID) async throws -> Answer {
        let turn = await withCheckedContinuation { turn in enter(Ticket(item: item, turn: turn), retailer) }
        switch turn {
        case .leads(let batch): return try await lead(batch, of: retailer)
        case .answered(let answer): return try answer.get()
        case .full: throw Problem(503, "overloaded", "Too many requests are at work.", retryAfterSeconds: 1)
        }
    }

    private func enter(_ ticket: Ticket, _ retailer: RetailerID) {
        let entered = lanes.withLock { $0[retailer, default: CommitLane(bounds)].enter(ticket, key: key(ticket.item)) }
        switch entered {
        case .accepted(let batch): start(batch)
        case .full: ticket.turn.resume(returning: .full)
        }
    }

    /// The first of a batch leads it, in its own task.
    private func start(_ batch: [Ticket]?) {
        guard let batch else { return }
        batch[0].turn.resume(returning: .leads(batch))
    }

    private func lead(_ batch: [Ticket], of retailer: RetailerID) async throws -> Answer {
        let answers = await write(batch.map(\.item)[...], of: retailer)
        precondition(answers.count == batch.count, "an answer for each")
        let next = lanes.withLock { lanes in
            let next = lanes[retailer]?.batchEnded()
            if lanes[retailer]?.isIdle ?? false { lanes[retailer] = nil }
            return next
        }
        start(next)
        for (ticket, answer) in zip(batch, answers).dropFirst() { ticket.turn.resume(returning: .answered(answer)) }
        return try answers[0].get()
    }

    private func write(_ items: ArraySlice<Item>, of retailer: RetailerID) async -> Answers {
        do {
            // It is the neighbours' work too: the leader's own deadline does not end it.
            return try await Deadline.$current.withValue(nil) { try await work(Array(items), retailer) }
        } catch {
            guard items.count > 1, error.mayBeOfOneItem else { return items.map { _ in .failure(error) } }
            let middle = items.startIndex + items.count / 2
            let first = await write(items[..<middle], of: retailer)
            return first + (await write(items[middle...], of: retailer))
        }
    }
}

/// An item asks to be written without the others of its batch.
struct WantsToStandAlone: Error {}

extension Error {
    /// Whether one item may be the cause; false where the database is: then all would fail again.
    fileprivate var mayBeOfOneItem: Bool {
        guard let fault = self as? DatabaseError else { return true }
        switch fault {
        case .busy, .closed, .unavailable, .commitOutcomeUnknown: return false
        case .decoding, .rowCount: return true
        case .server(let error):
            let states: [SQLState] = [.queryCanceled, .lockNotAvailable, .idleInTransactionTimeout, .diskFull]
            return !states.contains(error.state) && !error.state.isTransient
        }
    }
}
