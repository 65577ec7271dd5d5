import JSONText

/// Sends a feed to the import in pieces, each an import of its own, so that a feed of any length needs little memory.
struct FeedUpload: Sendable {
    static let pieceBytes = 4 << 20

    let client: DemoClient
    let key: String
    let retailerPath: String

    /// Returns how many items were new.
    @discardableResult
    func load<Items: Sequence>(
        _ kind: String, _ items: Items, progress: ProgressBar? = nil,
        line: (Items.Element, inout JSONWriter) -> Void
    ) async throws -> Int64 {
        var (piece, accepted): ([UInt8], Int64) = ([], 0)
        for item in items {
            var json = JSONWriter()
            line(item, &json)
            piece += json.bytes
            piece.append(UInt8(ascii: "\n"))
            guard piece.count >= Self.pieceBytes else { continue }
            accepted += try await send(kind, piece, progress)
            piece.removeAll(keepingCapacity: true)
        }
        if !piece.isEmpty { accepted += try await send(kind, piece, progress) }
        return accepted
    }

    private func send(_ kind: String, _ piece: [UInt8], _ progress: ProgressBar?) async throws -> Int64 {
        let reply = try await client.upload("\(retailerPath)/imports/\(kind)", as: key, ndjson: piece)
        let rejected = try reply.integer("rejected")
        guard rejected == 0 else { throw DemoFault.rejectedLines(kind: kind, rejected) }
        let accepted = try reply.integer("accepted")
        progress?.add(accepted)
        return accepted
    }
}
