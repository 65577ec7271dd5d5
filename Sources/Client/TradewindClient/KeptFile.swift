import Foundation

/// A value that outlives the program, as JSON in a file of its own. A file that is missing or cannot be read is nothing.
struct KeptFile<Value: Codable>: Sendable {
    /// Nil: it outlives nothing.
    let place: URL?

    init(_ name: String, in folder: URL?) { place = folder?.appendingPathComponent(name) }

    func read() -> Value? {
        guard let place, let data = try? Data(contentsOf: place) else { return nil }
        return try? JSONDecoder().decode(Value.self, from: data)
    }

    /// Whole or not at all. A disk that is full loses what was kept, and nothing else.
    func write(_ value: Value) {
        guard let place, let data = try? JSONEncoder().encode(value) else { return }
        try? FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? data.write(to: place, options: .atomic)
    }
}
