import Bitmaps

/// Sets of keys turned round: for each key of a stretch the places of the sets that have it, rising. Two bytes for each, and
/// four for each key of the stretch.
struct PlacesByKey: Sendable {
    private let first: UInt32
    /// Where the places of each key begin, and the end of the last.
    private let starts: [UInt32]
    private let places: [UInt16]

    /// The sets in the order of their places, at most 65 535. Each is read twice, so that no two are unpacked at once.
    init(_ stretch: ClosedRange<UInt32>, _ sets: [(place: Int, keys: KeySet)]) {
        first = stretch.lowerBound
        var starts = [UInt32](repeating: 0, count: stretch.count + 1)
        for set in sets { for key in set.keys.slice(stretch).sorted { starts[Int(key - stretch.lowerBound) + 1] += 1 } }
        for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
        var (next, places) = (starts, [UInt16](repeating: 0, count: Int(starts[starts.count - 1])))
        for set in sets {
            for key in set.keys.slice(stretch).sorted {
                let index = Int(key - stretch.lowerBound)
                places[Int(next[index])] = UInt16(set.place)
                next[index] += 1
            }
        }
        (self.starts, self.places) = (starts, places)
    }

    var isEmpty: Bool { places.isEmpty }

    var byteCount: Int { 4 * starts.count + 2 * places.count }

    /// Those that a set has, rising.
    var keys: [UInt32] {
        (0..<(starts.count - 1)).compactMap { starts[$0] < starts[$0 + 1] ? first + UInt32($0) : nil }
    }

    /// Nothing of a key outside the stretch.
    subscript(key: UInt32) -> [Int] {
        var found: [Int] = []
        forEach(of: key) { found.append($0) }
        return found
    }

    func forEach(of key: UInt32, _ body: (Int) -> Void) {
        guard key >= first, Int(key - first) + 1 < starts.count else { return }
        let index = Int(key - first)
        for place in Int(starts[index])..<Int(starts[index + 1]) { body(Int(places[place])) }
    }
}
