/// Goes through the chunks of a plan on one thread, with frames of its own.
final class Evaluator {
    private let base: OrdinalSet
    private var frames: [Frame] = []
    private let gathering = Gathering()

    init(_ base: OrdinalSet) { self.base = base }

    /// The frame of a level of the tree; a frame is free again when its level is left.
    func frame(_ level: Int) -> Frame {
        while frames.count <= level { frames.append(Frame()) }
        return frames[level]
    }

    /// A frame with everyone of a chunk.
    func everyone(ofChunk chunk: Int, level: Int) -> Frame {
        let frame = frame(level)
        frame.copy(base, chunk: chunk)
        return frame
    }

    /// Keeps of the frame those for whom the node holds. Levels from `level` on are free.
    func narrow(_ frame: Frame, _ node: Node, chunk: Int, level: Int) {
        guard frame.shape != .none else { return }
        switch node {
        case .leaf(let step): narrow(frame, step, chunk: chunk)
        case .all(let parts, _):
            for part in parts {
                narrow(frame, part, chunk: chunk, level: level)
                if frame.shape == .none { return }
            }
        case .any(let parts, _): narrowAny(frame, parts, chunk: chunk, level: level)
        }
    }

    /// Each part is asked only about those whom no earlier part has.
    private func narrowAny(_ frame: Frame, _ parts: [Node], chunk: Int, level: Int) {
        let (rest, part) = (self.frame(level), self.frame(level + 1))
        rest.copy(frame)
        rest.toMask()
        frame.toMask()
        frame.mask.clear()
        var count = 0
        for node in parts {
            part.copy(rest)
            part.maskChanged(count: rest.mask.count())
            narrow(part, node, chunk: chunk, level: level + 2)
            guard part.shape != .none else { continue }
            part.toMask()
            count = frame.mask.unite(part.mask)
            if rest.mask.subtract(part.mask) == 0 { break }
        }
        frame.maskChanged(count: count)
    }

    private func narrow(_ frame: Frame, _ step: Step, chunk: Int) {
        switch step.work {
        case .nothing: if !step.isNegated { frame.clear() }
        case .members(let set): frame.narrow(set, chunk: chunk, isNegated: step.isNegated)
        case .codes(let column, let range): frame.narrow(column, range, nil, chunk: chunk, isNegated: step.isNegated)
        case .amounts(let column, let codes, let amounts, let range):
            frame.narrow(column, codes, (amounts, range), chunk: chunk, isNegated: step.isNegated)
        case .valued(let sets, let range):
            frame.narrow(sets, range, chunk: chunk, isNegated: step.isNegated, gathering)
        case .total(let sets, let least):
            frame.narrow(sets, atLeast: least, chunk: chunk, isNegated: step.isNegated, gathering)
        }
    }
}
