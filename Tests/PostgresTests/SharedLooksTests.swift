import Postgres
import Synchronization
import Testing

@Suite struct SharedLooksTests {
    /// Looks that wait until they are let go, and what each was asked.
    private final class Slow: Sendable {
        private let state = Mutex((asked: [Set<Int>](), held: [CheckedContinuation<Void, Never>](), isOpen: false))

        var asked: [Set<Int>] { state.withLock(\.asked) }

        func look(_ questions: Set<Int>) async -> [Int: Int] {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    state.asked.append(questions)
                    if !state.isOpen { state.held.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
            return Dictionary(questions.filter { $0 < 100 }.map { ($0, $0 * 10) }) { first, _ in first }
        }

        func open() {
            let held = state.withLock { state in
                state.isOpen = true
                defer { state.held = [] }
                return state.held
            }
            for continuation in held { continuation.resume() }
        }

        func until(asked count: Int) async {
            while asked.count < count { await Task.yield() }
        }
    }

    @Test
    func `who comes while all look is told by a look that begins later, together with the others`() async throws {
        let slow = Slow()
        let looks = SharedLooks<Int, Int>(looksMax: 1) { await slow.look($0) }
        async let first = looks.ask(1)
        await slow.until(asked: 1)
        async let others = withThrowingTaskGroup(of: (Int, Int?).self) { group in
            for question in [1, 2, 2, 3, 100] { group.addTask { (question, try await looks.ask(question)) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        while looks.waitingCount < 5 { await Task.yield() }
        slow.open()

        #expect(try await first == 10)
        #expect(
            try await others.sorted { $0.0 < $1.0 }.map { "\($0.0) \($0.1.map(String.init) ?? "none")" } == [
                "1 10", "2 20", "2 20", "3 30", "100 none",
            ])
        #expect(slow.asked == [[1], [1, 2, 3, 100]])
    }

    @Test
    func `a look that fails fails for those who share it and for nobody else`() async throws {
        struct Broken: Error {}
        let slow = Slow()
        let looks = SharedLooks<Int, Int>(looksMax: 1) { questions in
            let found = await slow.look(questions)
            if questions.contains(7) { throw Broken() }
            return found
        }
        async let first = looks.ask(1)
        await slow.until(asked: 1)
        let sharing = (0..<3).map { _ in Task { try await looks.ask(7) } }
        while looks.waitingCount < 3 { await Task.yield() }
        slow.open()

        #expect(try await first == 10)
        for task in sharing { await #expect(throws: Broken.self) { try await task.value } }
        #expect(try await looks.ask(2) == 20)
    }
}
