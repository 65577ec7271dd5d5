import AudienceIndex
import EventLog
import Kernel
import Profiles

/// Copies of indexes in a folder, one file for each. They spare a start the reading of all receipts and are worth nothing
/// else: whatever does not fit is built anew, and a file may be deleted at any time.
struct IndexCopies: Sendable {
    let folder: String

    /// The layout of what is written here, beside the file's own.
    private static let layout = 2

    struct Copy: Sendable {
        let layers: [IndexLayer]
        let rules: [TraitName: TraitRule]
        let position: ProfilePosition
    }

    func path(of shelf: IndexShelf) -> String { "\(folder)/\(shelf.retailer)-\(shelf.view.rawValue).index" }

    func write(_ index: ShopperIndex, at position: ProfilePosition, for shelf: IndexShelf) throws(IndexFile.Fault) {
        let writer = try IndexWriter(path(of: shelf), stamp: Self.stamp(index.moment, shelf, position.origin))
        try writer.put(bytes: CopyHead(position: position, rules: index.rules, layers: index.layers.count).bytes)
        for layer in index.layers { try writer.put(layer) }
        try writer.finish()
    }

    /// Throws where there is none for this moment and this cluster, or not a whole one.
    func read(_ shelf: IndexShelf, _ moment: ProfileMoment, origin: String) throws(IndexFile.Fault) -> Copy {
        let reader = try IndexReader(path(of: shelf), stamp: Self.stamp(moment, shelf, origin))
        let head = try CopyHead(stored: try reader.bytes())
        var layers: [IndexLayer] = []
        for _ in 0..<head.layers { layers.append(try reader.layer()) }
        try reader.end()
        return Copy(layers: layers, rules: head.rules, position: head.position)
    }

    func remove(_ shelf: IndexShelf) { IndexFile.remove(path(of: shelf)) }

    private static func stamp(_ moment: ProfileMoment, _ shelf: IndexShelf, _ origin: String) -> [UInt8] {
        Array("\(layout) \(shelf.view.rawValue) \(moment.description) \(origin)".utf8)
    }
}
