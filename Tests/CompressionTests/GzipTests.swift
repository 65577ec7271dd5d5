import TestSupport
import Testing

@testable import Compression

@Suite(.computing) struct GzipTests {
    private let roomy = GzipLimits(outputBytesMax: 64 << 20, ratioMax: 2000)

    /// Fed in chunks, and taken as it comes.
    private func inflate(_ chunks: [[UInt8]], limits: GzipLimits) throws -> [UInt8] {
        let decoder = GzipDecoder(limits: limits)
        var output: [UInt8] = []
        for chunk in chunks {
            decoder.feed(chunk)
            while let piece = try decoder.next() {
                #expect((1...GzipDecoder.pieceBytes).contains(piece.count))
                output += piece
            }
        }
        try decoder.finish()
        return output
    }

    /// Text-like bytes, from very compressible to not at all.
    private func bytes(count: Int, letters: UInt8, using generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...letters, using: &generator) }
    }

    @Test func `reads what the gzip program wrote`() throws {
        // printf 'Supplier discount\n' | gzip -n9
        let file: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x0b, 0x2e, 0x2d, 0x28, 0xc8, 0xc9, 0x4c, 0x2d,
            0x52, 0x48, 0xc9, 0x2c, 0x4e, 0xce, 0x2f, 0xcd, 0x2b, 0xe1, 0x02, 0x00,
        ]
        let whole = Gzip.compress(Array("Supplier discount\n".utf8), level: 9)
        #expect(Array(whole.prefix(8)) == [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0])
        #expect(Array(whole[10..<(whole.count - 8)]) == Array(file[10...]))
        #expect(try Gzip.decompress(file + whole.suffix(8), limits: roomy) == Array("Supplier discount\n".utf8))
    }

    @Test(arguments: UInt64(1)...30)
    func `returns what was put in, however it is cut`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (plain, packed): ([UInt8], [UInt8]) = ([], [])
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let count = Int.random(in: 0...100_000, using: &generator)
            let member = bytes(count: count, letters: [0, 3, 255].randomElement(using: &generator)!, using: &generator)
            let encoder = GzipEncoder(level: Int.random(in: 1...9, using: &generator))
            for piece in member.cut(using: &generator) { packed += encoder.feed(piece) }
            packed += encoder.finish()
            plain += member
        }
        #expect(try inflate(packed.cut(using: &generator), limits: roomy) == plain, "seed \(seed)")
        #expect(try Gzip.decompress(packed, limits: roomy) == plain, "seed \(seed)")
    }

    @Test func `takes one byte at a time`() throws {
        let plain = Array("offer,grant,quote,hold\n".utf8)
        let packed = Gzip.compress(plain) + Gzip.compress([]) + Gzip.compress(plain)
        #expect(try inflate(packed.map { [$0] }, limits: roomy) == plain + plain)
    }

    @Test func `is deterministic`() {
        let plain = [UInt8](repeating: 7, count: 10_000)
        #expect(Gzip.compress(plain) == Gzip.compress(plain))
    }

    @Test func `refuses every truncation`() {
        let packed = Gzip.compress(Array("a line\nanother line\n".utf8))
        for count in 0..<packed.count {
            #expect(throws: GzipDecoder.Failure.truncated, "\(count) bytes") {
                try Gzip.decompress(Array(packed.prefix(count)), limits: roomy)
            }
        }
    }

    @Test func `refuses every flipped bit of the data and its checksum`() {
        let packed = Gzip.compress(Array("a line\nanother line\n".utf8))
        for index in 10..<packed.count {
            for bit in 0..<8 {
                var broken = packed
                broken[index] ^= 1 << bit
                #expect(throws: GzipDecoder.Failure.self, "byte \(index), bit \(bit)") {
                    try Gzip.decompress(broken, limits: roomy)
                }
            }
        }
    }

    @Test func `refuses what is no gzip, and what follows a member`() {
        for bytes in [Array("id,name\n".utf8), Gzip.compress([1, 2, 3]) + [0, 0, 0], Gzip.compress([1]) + Array("x".utf8)] {
            #expect(throws: GzipDecoder.Failure.self) { try Gzip.decompress(bytes, limits: roomy) }
        }
        #expect(throws: GzipDecoder.Failure.corrupt) { try Gzip.decompress(Array("id,name\n".utf8), limits: roomy) }
    }

    @Test func `goes up to the limit of output and not beyond`() throws {
        let plain = [UInt8](repeating: 0, count: 300_000)
        let packed = Gzip.compress(plain)
        #expect(try Gzip.decompress(packed, limits: GzipLimits(outputBytesMax: 300_000, ratioMax: 2000)) == plain)
        #expect(throws: GzipDecoder.Failure.outputTooLarge(bytesMax: 299_999)) {
            try Gzip.decompress(packed, limits: GzipLimits(outputBytesMax: 299_999, ratioMax: 2000))
        }
    }

    @Test func `counts output over all members`() {
        let packed = Gzip.compress([UInt8](repeating: 0, count: 1000))
        #expect(throws: GzipDecoder.Failure.outputTooLarge(bytesMax: 2999)) {
            try Gzip.decompress(packed + packed + packed, limits: GzipLimits(outputBytesMax: 2999))
        }
    }

    @Test func `lets a small text be as regular as it likes and refuses a bomb`() throws {
        let small = [UInt8](repeating: 65, count: GzipLimits.ratioFreeBytes)
        let limits = GzipLimits(outputBytesMax: 1 << 30, ratioMax: 100)
        #expect(try Gzip.decompress(Gzip.compress(small), limits: limits) == small)

        let bomb = Gzip.compress([UInt8](repeating: 65, count: 20 << 20))
        let decoder = GzipDecoder(limits: limits)
        decoder.feed(bomb)
        var outputBytes = 0
        #expect(throws: GzipDecoder.Failure.ratioTooHigh(ratioMax: 100)) {
            while let piece = try decoder.next() { outputBytes += piece.count }
        }
        #expect(outputBytes < bomb.count * 100)
        #expect(throws: GzipDecoder.Failure.ratioTooHigh(ratioMax: 100)) { try decoder.next() }
        #expect(throws: GzipDecoder.Failure.ratioTooHigh(ratioMax: 100)) { try decoder.finish() }
    }
}
