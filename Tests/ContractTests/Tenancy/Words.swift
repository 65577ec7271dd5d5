import TestSupport

/// The words of an answer: runs of letters, digits, `_` and `-`. Ids and the names of the worlds' things are words, so that a
/// foreign row that shows anywhere in an answer, head or body, shows as a word.
struct Words {
    let all: Set<String>

    init(_ reply: TestClient.Reply) {
        var all = Self.split(reply.body)
        for header in reply.headers { all.formUnion(Self.split(Array(header.value.utf8))) }
        self.all = all
    }

    init(_ text: String) { all = Self.split(Array(text.utf8)) }

    /// Ids (`wallet_01j...`) and names of a world's things (`zq...`): what belongs to somebody.
    var telling: Set<String> {
        all.filter { word in word.hasPrefix("zq") || word.split(separator: "_").last?.count == 26 && word.contains("_") }
    }

    private static func split(_ bytes: [UInt8]) -> Set<String> {
        var words: Set<String> = []
        for part in bytes.split(whereSeparator: { !isPart($0) }) where part.count > 2 {
            words.insert(String(decoding: part, as: UTF8.self))
        }
        return words
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// Maps all of `items`, so many at once.
func inParallel<Item: Sendable, Value: Sendable>(
    _ items: [Item], atOnce width: Int = 16, _ body: @escaping @Sendable (Item) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        var values: [Value] = []
        for (place, item) in items.enumerated() {
            if place >= width, let value = try await group.next() { values.append(value) }
            group.addTask { try await body(item) }
        }
        for try await value in group { values.append(value) }
        return values
    }
}
