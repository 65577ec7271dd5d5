import TestSupport
import Testing

@testable import TextStreams

struct LineSplitterTests {
    private enum Event: Equatable {
        case line(number: Int, offset: Int, text: [UInt8])
        case tooLong(number: Int, offset: Int)
    }

    private func split(_ chunks: [[UInt8]], max: Int = 1000) throws -> [Event] {
        var events: [Event] = []
        var splitter = LineSplitter(lineBytesMax: max)
        let line: LineSplitter.OnLine = { events.append(.line(number: $0.number, offset: $0.offset, text: Array($1))) }
        let tooLong: LineSplitter.OnTooLong = { events.append(.tooLong(number: $0.number, offset: $0.offset)) }
        for chunk in chunks { try splitter.feed(chunk, line: line, tooLong: tooLong) }
        try splitter.finish(line: line, tooLong: tooLong)
        return events
    }

    private func split(_ text: String, max: Int = 1000) throws -> [Event] { try split([Array(text.utf8)], max: max) }

    private func line(_ number: Int, _ offset: Int, _ text: String) -> Event {
        .line(number: number, offset: offset, text: Array(text.utf8))
    }

    /// The same, the simple way, on the whole text.
    private func naive(_ text: [UInt8], max: Int) -> [Event] {
        var parts = text.split(separator: 10, omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        var events: [Event] = []
        for (index, part) in parts.enumerated() {
            var (content, offset) = (Array(part), part.startIndex)
            if index == 0 && content.starts(with: [0xEF, 0xBB, 0xBF]) {
                content.removeFirst(3)
                offset = 3
                if content.isEmpty && text.count == 3 { continue }
            }
            if content.last == 13 { content.removeLast() }
            events.append(
                content.count > max
                    ? .tooLong(number: index + 1, offset: offset)
                    : .line(number: index + 1, offset: offset, text: content))
        }
        return events
    }

    @Test func `ends lines at both kinds of newline and tells where each stood`() throws {
        #expect(try split("ab\r\nc\n\nd") == [line(1, 0, "ab"), line(2, 4, "c"), line(3, 6, ""), line(4, 7, "d")])
    }

    @Test func `has no line after the last newline, nor in an empty text`() throws {
        #expect(try split("a\n") == [line(1, 0, "a")])
        #expect(try split("") == [])
        #expect(try split("\u{FEFF}") == [])
    }

    @Test func `passes over a byte order mark at the start only`() throws {
        #expect(try split("\u{FEFF}a\n\u{FEFF}b") == [line(1, 3, "a"), line(2, 5, "\u{FEFF}b")])
        #expect(try split("\u{FEFF}\n") == [line(1, 3, "")])
    }

    @Test func `keeps a carriage return that ends no line`() throws {
        #expect(try split("a\rb\r\r\n") == [line(1, 0, "a\rb\r")])
    }

    @Test func `tells a line that is too long and goes on`() throws {
        #expect(
            try split("abc\nabcd\nabc\r\n", max: 3) == [line(1, 0, "abc"), .tooLong(number: 2, offset: 4), line(3, 9, "abc")])
    }

    @Test func `counts on from a position in the middle of a file`() throws {
        var splitter = LineSplitter(lineBytesMax: 10, from: LinePosition(number: 7, offset: 100))
        var positions: [LinePosition] = []
        try splitter.feed(Array("a\nb\n".utf8), line: { position, _ in positions.append(position) }, tooLong: { _ in })
        #expect(positions == [LinePosition(number: 7, offset: 100), LinePosition(number: 8, offset: 102)])
    }

    @Test func `keeps memory constant in an endless line`() throws {
        var events: [Event] = []
        var splitter = LineSplitter(lineBytesMax: 100)
        let chunk = [UInt8](repeating: 65, count: 64 * 1024)
        for _ in 0..<1000 {
            try splitter.feed(chunk, line: { _, _ in Issue.record("no line ended") }, tooLong: { _ in Issue.record("nor here") })
            #expect(splitter.heldBytes <= 101)
        }
        try splitter.feed(
            Array("\nb\n".utf8), line: { events.append(.line(number: $0.number, offset: $0.offset, text: Array($1))) },
            tooLong: { events.append(.tooLong(number: $0.number, offset: $0.offset)) })
        #expect(events == [.tooLong(number: 1, offset: 0), line(2, 65_536_001, "b")])
    }

    @Test(arguments: UInt64(1)...400)
    func `agrees with the simple way, however the text is cut`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet: [UInt8] = [10, 10, 13, 65, 66, 0xEF, 0xBB, 0xBF]
        let start: [UInt8] = Bool.random(using: &generator) ? [0xEF, 0xBB, 0xBF] : []
        let count = Int.random(in: 0...80, using: &generator)
        let text = start + (0..<count).map { _ in alphabet.randomElement(using: &generator)! }
        let max = Int.random(in: 1...8, using: &generator)
        #expect(try split(text.cut(using: &generator), max: max) == naive(text, max: max), "seed \(seed)")
    }

    @Test func `stops at the error of its reader`() {
        struct Enough: Error {}
        var splitter = LineSplitter(lineBytesMax: 10)
        var count = 0
        #expect(throws: Enough.self) {
            try splitter.feed(
                Array("a\nb\nc\n".utf8),
                line: { _, _ in
                    count += 1
                    if count == 2 { throw Enough() }
                }, tooLong: { _ in })
        }
        #expect(count == 2)
    }
}
