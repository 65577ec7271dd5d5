/// Items and rejects of a stretch of the file, taken over in one transaction.
package struct ImportBatch<Item: Sendable>: Sendable {
    package var items: [Item] = []
    /// The line on which each item begins.
    package var lines: [Int64] = []
    package var rejects: [ImportReject] = []
    /// The file is read up to here, whole items only.
    package var lastLine: Int64 = 0
    var weight = 0

    var isEmpty: Bool { items.isEmpty && rejects.isEmpty }
}

extension ImportBatch {
    /// The stretches of the batch, in the order of the file: each with the rejects of its lines, and read up to the line
    /// before the next one's.
    func cut(into ranges: [Range<Int>]) -> [ImportBatch] {
        guard ranges.count > 1 else { return [self] }
        var rest = rejects.sorted { $0.line < $1.line }[...]
        return ranges.map { range in
            var stretch = ImportBatch()
            stretch.items = Array(items[range])
            stretch.lines = Array(lines[range])
            stretch.lastLine = range.upperBound < items.count ? lines[range.upperBound] - 1 : lastLine
            stretch.rejects = Array(rest.prefix { $0.line <= stretch.lastLine })
            rest = rest.dropFirst(stretch.rejects.count)
            return stretch
        }
    }

    /// The batch's own rejects and those of the verdicts, in the order of lines.
    func rejects(_ verdicts: [ImportVerdict], content: (Item) -> [UInt8]) -> [ImportReject] {
        var all = rejects
        for (index, verdict) in verdicts.enumerated() {
            guard case .rejected(let code, let detail, let pointer) = verdict else { continue }
            all.append(
                ImportReject(
                    line: lines[index], code: code, detail: detail, pointer: pointer,
                    content: ImportReject.text(content(items[index]))))
        }
        return all.sorted { $0.line < $1.line }
    }
}

/// Cuts the items of a file into batches of bounded size.
package struct ImportBatches<Item: Sendable> {
    private let limits: ImportLimits
    /// Lines that an earlier run has taken over.
    let skippedLines: Int64
    var linesMax: Int64 { limits.linesMax }
    private var current = ImportBatch<Item>()
    private var full: [ImportBatch<Item>] = []

    init(limits: ImportLimits, after line: Int64) {
        self.limits = limits
        skippedLines = line
        current.lastLine = line
    }

    /// An item that begins on `line` and ends on `lastLine`.
    package mutating func add(_ item: Item, line: Int64, through lastLine: Int64? = nil, weight: Int = 1) {
        let end = lastLine ?? line
        guard end > skippedLines else { return }
        current.items.append(item)
        current.lines.append(line)
        current.weight += weight
        current.lastLine = max(current.lastLine, end)
        if current.items.count >= limits.chunkItemsMax || current.weight >= limits.chunkWeightMax { cut() }
    }

    /// A line, or an item of several, that is not taken over.
    package mutating func reject(_ reject: ImportReject, through lastLine: Int64? = nil) {
        let end = lastLine ?? reject.line
        guard end > skippedLines else { return }
        current.rejects.append(reject)
        current.lastLine = max(current.lastLine, end)
        if current.rejects.count >= limits.chunkRejectsMax { cut() }
    }

    mutating func takeFull() -> [ImportBatch<Item>] {
        defer { full = [] }
        return full
    }

    mutating func takeRest() -> [ImportBatch<Item>] {
        if !current.isEmpty { cut() }
        return takeFull()
    }

    private mutating func cut() {
        let lastLine = current.lastLine
        full.append(current)
        current = ImportBatch()
        current.lastLine = lastLine
    }
}

/// The named limits of an import; reaching one is a refusal that says so.
package struct ImportLimits: Sendable {
    /// Receipts, or other items, of one transaction.
    package var chunkItemsMax = 5_000
    /// Lines of receipts of one transaction.
    package var chunkWeightMax = 50_000
    package var chunkRejectsMax = 1_000
    /// Rejected lines of one import; beyond them it fails, since the file is of another kind.
    package var rejectsMax: Int64 = 10_000
    /// Bytes of one line of NDJSON or one record of CSV.
    package var lineBytesMax = 1 << 20
    /// Lines of one file.
    package var linesMax: Int64 = 1_000_000_000
    /// Bytes of a request on the wire.
    package var bytesMax = 8 << 30
    /// Bytes once inflated, and inflated bytes for each one on the wire.
    package var inflatedBytesMax = 64 << 30
    package var inflateRatioMax = 100
    /// Imports at work at once on this node.
    package var runningMax = 4
    /// Imports of one retailer at once: a slow file takes no other retailer's place.
    package var runningOfTenantMax = 2

    package init() {}
}
