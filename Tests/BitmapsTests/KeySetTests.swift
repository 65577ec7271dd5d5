import Bitmaps
import TestSupport
import Testing

@Suite struct KeySetTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `does what a plain set does`(seed: UInt64) {
        var draws = SeededGenerator(seed: seed)
        let (left, right) = (randomKeys(&draws), randomKeys(&draws))
        let (plainLeft, plainRight) = (Set(left), Set(right))
        let (setLeft, setRight) = (KeySet(left), KeySet(right))

        #expect(setLeft.sorted == plainLeft.sorted(), "seed \(seed)")
        #expect(setLeft.count == plainLeft.count, "seed \(seed)")
        #expect(setLeft.union(setRight).sorted == plainLeft.union(plainRight).sorted(), "seed \(seed)")
        #expect(setLeft.intersection(setRight).sorted == plainLeft.intersection(plainRight).sorted(), "seed \(seed)")
        #expect(setLeft.subtracting(setRight).sorted == plainLeft.subtracting(plainRight).sorted(), "seed \(seed)")
        #expect(setLeft.countShared(with: setRight) == plainLeft.intersection(plainRight).count, "seed \(seed)")
        #expect(setLeft.slice(100...5_000).sorted == plainLeft.filter { (100...5_000).contains($0) }.sorted(), "seed \(seed)")
        for key in right { #expect(setLeft.contains(key) == plainLeft.contains(key), "seed \(seed)") }
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func `changes in place as a new set would be made`(seed: UInt64) {
        var draws = SeededGenerator(seed: seed)
        let (left, right) = (KeySet(randomKeys(&draws)), KeySet(randomKeys(&draws)))
        var (joined, shared, rest) = (left, left, left)

        joined.formUnion(right)
        shared.formIntersection(right)
        rest.subtract(right)

        #expect(joined == left.union(right), "seed \(seed)")
        #expect(shared == left.intersection(right), "seed \(seed)")
        #expect(rest == left.subtracting(right), "seed \(seed)")
    }

    @Test func `a copy does not follow the change of its original`() {
        let original = KeySet([1, 2, 3])
        var copy = original

        let inserted = copy.insert(4)
        let again = copy.insert(4)
        let removed = copy.remove(1)

        #expect((inserted, again, removed) == (true, false, true))
        #expect(original.sorted == [1, 2, 3])
        #expect(copy.sorted == [2, 3, 4])
    }

    @Test func `the ends of the range of keys are keys`() {
        let set = KeySet([0, .max])
        #expect(set.sorted == [0, .max])
        #expect(set.slice(.max ... .max).sorted == [.max])
        #expect(set.slice(0...0).sorted == [0])
        #expect(KeySet().isEmpty)
        #expect(KeySet().sorted == [])
    }

    @Test(arguments: [21, 22, 23, 24] as [UInt64])
    func `comes back from its bytes, and from nothing shorter or longer`(seed: UInt64) throws {
        var draws = SeededGenerator(seed: seed)
        let set = KeySet(randomKeys(&draws))
        let bytes = set.portableBytes

        #expect(try KeySet(portable: bytes) == set, "seed \(seed)")
        #expect(throws: KeySet.Fault.malformed) { try KeySet(portable: bytes + [0]) }
        #expect(throws: KeySet.Fault.malformed) { try KeySet(portable: Array(bytes.dropLast())) }
        #expect(throws: KeySet.Fault.malformed) { try KeySet(portable: []) }
    }

    /// Scattered keys, a dense stretch and a long run: each kind of container.
    private func randomKeys(_ draws: inout SeededGenerator) -> [UInt32] {
        let scattered = (0..<500).map { _ in UInt32.random(in: 0...200_000, using: &draws) }
        let dense = (0..<6_000).map { _ in UInt32.random(in: 1_000_000...1_020_000, using: &draws) }
        let start = UInt32.random(in: 0...9_000, using: &draws)
        return scattered + dense + Array(start...start + 3_000)
    }
}
