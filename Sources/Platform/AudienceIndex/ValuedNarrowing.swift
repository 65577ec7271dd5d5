/// Leaves over ordinals with values. A list asks each set for its ordinals; a mask gathers the sets' answers first.
extension Frame {
    func narrow(_ sets: [ValuedSet], _ range: ClosedRange<UInt16>, chunk: Int, isNegated: Bool, _ gathering: Gathering) {
        switch shape {
        case .none: return
        case .list:
            let containers = sets.compactMap { set in set.directory[chunk].map { (set, $0) } }
            if containers.count == 1 { return filter(containers[0].0, containers[0].1, range, isNegated) }
            filter { rest in
                containers.contains { set, container in
                    set.value(of: rest, in: container).map { range.contains($0) } ?? false
                } != isNegated
            }
        case .mask:
            gathering.gather(sets, range, chunk: chunk)
            maskChanged(count: isNegated ? mask.subtract(gathering.mask) : mask.intersect(gathering.mask))
        }
    }

    /// Both lists rise: each search goes on where the last one ended.
    private func filter(
        _ set: ValuedSet, _ container: ChunkDirectory.Container, _ range: ClosedRange<UInt16>, _ isNegated: Bool
    ) {
        let (rests, values, count) = unsafe (set.list(container), set.values(container), Int(container.count))
        var place = 0
        filter { rest in
            place = unsafe SortedList.gallop(to: rest, in: rests, from: place, count)
            return unsafe (place < count && rests[place] == rest && range.contains(values[place])) != isNegated
        }
    }

    func narrow(_ sets: [ValuedSet], atLeast least: UInt32, chunk: Int, isNegated: Bool, _ gathering: Gathering) {
        switch shape {
        case .none: return
        case .list:
            let containers = sets.compactMap { set in set.directory[chunk].map { (set, $0) } }
            filter { rest in
                let sum = containers.reduce(UInt32(0)) { $0 + UInt32($1.0.value(of: rest, in: $1.1) ?? 0) }
                return (sum >= least) != isNegated
            }
        case .mask:
            gathering.gather(sets, atLeast: least, chunk: chunk)
            maskChanged(count: isNegated ? mask.subtract(gathering.mask) : mask.intersect(gathering.mask))
        }
    }
}
