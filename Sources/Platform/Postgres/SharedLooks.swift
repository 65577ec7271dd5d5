import Synchronization

/// What many ask at once is looked up together. A few looks are under way at a time; who comes while all of them are waits
/// for the next one, so that whatever anybody is told was read after they asked.
package final class SharedLooks<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
    /// Answers those questions that have an answer.
    package typealias Look = @Sendable (Set<Question>) async throws -> [Question: Answer]

    private struct Ticket: Sendable {
        let question: Question
        let turn: CheckedContinuation<Turn, Never>
    }

    private enum Turn: Sendable {
        /// The first of those that waited looks for all of them.
        case leads([Ticket])
        case told(Result<Answer?, any Error>)
    }

    private struct State {
        var looks = 0
        var waiting: [Ticket] = []
    }

    private let looksMax: Int
    private let look: Look
    private let state = Mutex(State())

    /// - Parameter looksMax: looks that are under way at once, at least 1.
    package init(looksMax: Int = 4, _ look: @escaping Look) {
        precondition(looksMax > 0, "somebody has to look")
        self.looksMax = looksMax
        self.look = look
    }

    /// Those who wait for the next look.
    package var waitingCount: Int { state.withLock(\.waiting.count) }

    /// Nil where the question has no answer. Throws what the look throws, to all who share it.
    package func ask(_ question: Question) async throws -> Answer? {
        let turn = await withCheckedContinuation { turn in enter(Ticket(question: question, turn: turn)) }
        switch turn {
        case .told(let answer): return try answer.get()
        case .leads(let others): return try await lead(question, for: others).get()
        }
    }

    private func enter(_ ticket: Ticket) {
        let leads = state.withLock { state in
            guard state.looks < looksMax else {
                state.waiting.append(ticket)
                return false
            }
            state.looks += 1
            return true
        }
        if leads { ticket.turn.resume(returning: .leads([])) }
    }

    private func lead(_ question: Question, for others: [Ticket]) async -> Result<Answer?, any Error> {
        let found = await found(Set([question] + others.map(\.question)))
        let next = state.withLock { state in
            let next = state.waiting
            state.waiting = []
            if next.isEmpty { state.looks -= 1 }
            return next
        }
        next.first?.turn.resume(returning: .leads(Array(next.dropFirst())))
        for ticket in others { ticket.turn.resume(returning: .told(found.map { $0[ticket.question] })) }
        return found.map { $0[question] }
    }

    /// It is the others' look too: the leader's own deadline does not end it.
    private func found(_ questions: Set<Question>) async -> Result<[Question: Answer], any Error> {
        do {
            return .success(try await Deadline.$current.withValue(nil) { try await look(questions) })
        } catch {
            return .failure(error)
        }
    }
}
