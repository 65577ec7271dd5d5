import AudienceIndex
import Glibc
import TestSupport
import Testing

@Suite struct IndexFileTests {
    private let path = "/tmp/tradewind-index-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

    private struct Contents: Equatable {
        var keys: [Int64]
        var numbers: [UInt16]
        var amounts: [Int64?]
        var members: [UInt32]
        var pairs: [UInt32]
        var values: [UInt16]
    }

    private static func drawn(_ count: Int) -> Contents {
        var random = SeededGenerator(seed: 77)
        let pairs = (0..<UInt32(count)).filter { $0 % 5 == 0 }
        return Contents(
            keys: (0..<count).map { Int64($0 * 3) }, numbers: (0..<count).map { _ in .random(in: 0...9, using: &random) },
            amounts: (0..<count).map { _ in Bool.random(using: &random) ? .random(in: 0...1 << 40, using: &random) : nil },
            members: (0..<UInt32(count)).filter { $0 < 65_536 || $0 % 7 == 0 }, pairs: pairs,
            values: pairs.map { UInt16($0 % 999) })
    }

    private func write(_ contents: Contents, stamp: [UInt8]) throws {
        let count = contents.keys.count
        let (numbers, amounts) = (NumberColumn(count: count), AmountColumn(count: count))
        for ordinal in 0..<count {
            numbers[ordinal] = contents.numbers[ordinal]
            amounts[ordinal] = contents.amounts[ordinal]
        }
        let writer = try IndexWriter(path, stamp: stamp)
        try writer.put(contents.keys)
        try writer.put(numbers)
        try writer.put(amounts)
        try writer.put(OrdinalSet(contents.members))
        try writer.put(ValuedSet(contents.pairs, values: contents.values))
        try writer.finish()
    }

    private func read(stamp: [UInt8]) throws -> Contents {
        let reader = try IndexReader(path, stamp: stamp)
        let keys = try reader.keys()
        let (numbers, amounts) = (try reader.numbers(count: keys.count), try reader.amounts(count: keys.count))
        let (members, pairs) = (try reader.ordinalSet(), try reader.valuedSet())
        try reader.end()
        return Contents(
            keys: keys, numbers: keys.indices.map { numbers[$0] }, amounts: keys.indices.map { amounts[$0] },
            members: members.ordinals, pairs: pairs.ordinals, values: pairs.allValues)
    }

    @Test func `a copy that is read is what was written`() throws {
        defer { unsafe unlink(path) }
        let contents = Self.drawn(70_000)
        try write(contents, stamp: [1, 2, 3])
        #expect(try read(stamp: [1, 2, 3]) == contents)
    }

    @Test func `a copy that is missing, or of another moment, is not used`() throws {
        defer { unsafe unlink(path) }
        #expect(throws: IndexFile.Fault.missing) { try read(stamp: [1]) }
        try write(Self.drawn(1_000), stamp: [1])
        #expect(throws: IndexFile.Fault.otherStamp) { try read(stamp: [2]) }
    }

    @Test func `one changed bit anywhere, or a missing end, is found`() throws {
        defer { unsafe unlink(path) }
        let contents = Self.drawn(1_000)
        try write(contents, stamp: [1])
        let whole = try bytes()
        var random = SeededGenerator(seed: 5)
        let places = Array(0..<64) + (0..<16).map { _ in Int.random(in: 0..<whole.count, using: &random) }
        for place in places {
            var changed = whole
            changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try put(changed)
            #expect(throws: IndexFile.Fault.self, "byte \(place) of \(whole.count)") { try read(stamp: [1]) }
        }
        for length in [0, 15, 16, 100, whole.count / 2, whole.count - 24, whole.count - 1] {
            try put(Array(whole[0..<length]))
            #expect(throws: IndexFile.Fault.self, "\(length) bytes of \(whole.count)") { try read(stamp: [1]) }
        }
        try put(whole)
        #expect(try read(stamp: [1]) == contents)
    }

    @Test func `a copy that was given up leaves nothing`() throws {
        defer { unsafe unlink(path) }
        _ = try IndexWriter(path, stamp: [1])
        #expect(throws: IndexFile.Fault.missing) { try read(stamp: [1]) }
        let found = unsafe access(path + ".new", F_OK)
        #expect(found != 0)
    }

    private struct CannotOpen: Error {}

    private func bytes() throws -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { throw CannotOpen() }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 24)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return Array(bytes[0..<count])
    }

    private func put(_ bytes: [UInt8]) throws {
        guard let file = unsafe fopen(path, "w") else { throw CannotOpen() }
        let written = unsafe fwrite(bytes, 1, bytes.count, file)
        let closed = unsafe fclose(file)
        #expect(written == bytes.count && closed == 0)
    }
}
