/// What sets with values say of a chunk, as a mask. One worker's.
///
/// Setting bits one by one waits for the bit before: neighbours share a word. Where there are many pairs each goes to a
/// place of its own instead, in the order of a column, and the column's comparison makes the mask.
@safe final class Gathering {
    let mask: Mask
    private let maskBlock = Block(byteCount: Chunk.words * 8)
    private lazy var placesBlock = Block(byteCount: Chunk.size * 2)

    /// Up to so many pairs of a chunk bits are set one by one.
    private static let fewMax = 2048
    /// Sums stop here: no question asks for more.
    static let sumMax: UInt16 = 32_767

    init() { mask = unsafe Mask(maskBlock.pointer(to: UInt64.self)) }

    /// Who has a value within, in any of the sets.
    func gather(_ sets: [ValuedSet], _ range: ClosedRange<UInt16>, chunk: Int) {
        let containers = sets.compactMap { set in set.directory[chunk].map { (set, $0) } }
        if containers.reduce(0, { $0 + Int($1.1.count) }) <= Self.fewMax { return gatherFew(containers, range) }
        let (low, span) = (range.lowerBound, range.upperBound - range.lowerBound)
        let places = unsafe clearedPlaces()
        for (set, container) in containers {
            let (rests, values) = unsafe (set.list(container), set.values(container))
            for place in 0..<Int(container.count) {
                let isWithin: UInt16 = unsafe values[place] &- low <= span ? 1 : 0
                unsafe places[NumberColumn.place(of: Int(rests[place]))] |= isWithin
            }
        }
        compare(1...1)
    }

    /// Whose values of all sets together reach so much.
    func gather(_ sets: [ValuedSet], atLeast least: UInt32, chunk: Int) {
        let places = unsafe clearedPlaces()
        for set in sets {
            guard let container = set.directory[chunk] else { continue }
            let (rests, values) = unsafe (set.list(container), set.values(container))
            for index in 0..<Int(container.count) {
                let place = unsafe NumberColumn.place(of: Int(rests[index]))
                let sum = unsafe places[place] &+ min(values[index], Self.sumMax)
                unsafe places[place] = min(sum, Self.sumMax)
            }
        }
        compare(UInt16(min(least, UInt32(Self.sumMax)))...UInt16.max)
    }

    private func gatherFew(
        _ containers: [(ValuedSet, ChunkDirectory.Container)], _ range: ClosedRange<UInt16>
    ) {
        mask.clear()
        for (set, container) in containers {
            let (rests, values) = unsafe (set.list(container), set.values(container))
            for place in 0..<Int(container.count) where unsafe range.contains(values[place]) {
                unsafe mask.insert(rests[place])
            }
        }
    }

    private func clearedPlaces() -> UnsafeMutablePointer<UInt16> {
        let places = unsafe placesBlock.pointer(to: UInt16.self)
        unsafe places.update(repeating: 0, count: Chunk.size)
        return unsafe places
    }

    private func compare(_ range: ClosedRange<UInt16>) {
        let codes = CodeRange(range)
        let vectors = unsafe placesBlock.pointer(to: SIMD16<UInt16>.self)
        let blocks = unsafe UnsafeMutableRawPointer(mask.words).assumingMemoryBound(to: SIMD16<UInt16>.self)
        for block in 0..<Chunk.size / NumberColumn.blockSize {
            unsafe blocks[block] = codes.compareExact(UnsafePointer(vectors + block * NumberColumn.lanes))
        }
    }
}
