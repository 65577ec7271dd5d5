import Synchronization

/// Who may be asked about: ordinals below `count`, of whom `base` are in. Answers go through the chunks on the crew's
/// threads; whichever is free takes the next chunk.
package struct Population: Sendable {
    package let count: Int
    package let base: OrdinalSet
    private let crew: Crew

    package init(count: Int, base: OrdinalSet, _ crew: Crew) {
        self.count = count
        self.base = base
        self.crew = crew
    }

    package func plan(_ question: Question) -> Plan { Plan(question, base) }

    package func count(of plan: Plan) -> Int {
        let total = Sum()
        forEachChunk { evaluator, chunk in
            let frame = evaluator.everyone(ofChunk: chunk, level: 0)
            evaluator.narrow(frame, plan.root, chunk: chunk, level: 1)
            total.value.add(frame.count, ordering: .relaxed)
        }
        return total.value.load(ordering: .relaxed)
    }

    /// The ordinals, rising.
    package func members(of plan: Plan) -> [UInt32] {
        let found = Found()
        forEachChunk { evaluator, chunk in
            let frame = evaluator.everyone(ofChunk: chunk, level: 0)
            evaluator.narrow(frame, plan.root, chunk: chunk, level: 1)
            guard frame.count > 0 else { return }
            var ordinals: [UInt32] = []
            ordinals.reserveCapacity(frame.count)
            frame.forEach { ordinals.append(UInt32(chunk) << 16 | UInt32($0)) }
            let members = ordinals
            found.parts.withLock { $0[chunk] = members }
        }
        return found.parts.withLock { parts in parts.keys.sorted().flatMap { parts[$0] ?? [] } }
    }

    /// Runs the body for each chunk, each on one thread. The evaluator is the thread's own.
    func forEachChunk(_ body: @escaping @Sendable (Evaluator, Int) -> Void) {
        let chunks = Chunk.count(for: count)
        let next = NextChunk()
        let base = base
        crew.run { _ in
            let evaluator = Evaluator(base)
            while let chunk = next.take(below: chunks) { body(evaluator, chunk) }
        }
    }
}

private final class Sum: Sendable { let value = Atomic(0) }

/// Members by chunk: chunks end in any order.
private final class Found: Sendable { let parts = Mutex<[Int: [UInt32]]>([:]) }

/// Hands out chunks in order.
private final class NextChunk: Sendable {
    private let next = Atomic(0)

    func take(below end: Int) -> Int? {
        let chunk = next.add(1, ordering: .relaxed).oldValue
        return chunk < end ? chunk : nil
    }
}
