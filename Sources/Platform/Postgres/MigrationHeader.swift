/// What a step says of itself in the comments at its head: which older programs work on (`-- works with: 0011`), and that
/// it runs outside a transaction (`-- outside a transaction`). Its statements then end with a line's last semicolon, and
/// each may be run again.
struct MigrationHeader {
    private static let worksWithPrefix = "-- works with: "
    private static let outsideLine = "-- outside a transaction"

    let worksWith: Int32?
    let isOutsideTransaction: Bool
    private let worksWithText: String?
    private let statements: [String]

    init(_ text: String) {
        let head = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("--") }.map(String.init)
        worksWithText = head.first { $0.hasPrefix(Self.worksWithPrefix) }.map { String($0.dropFirst(Self.worksWithPrefix.count)) }
        worksWith = worksWithText.flatMap { $0.count == 4 ? Int32($0) : nil }
        isOutsideTransaction = head.contains(Self.outsideLine)
        statements = isOutsideTransaction ? Self.statements(of: text) : []
    }

    /// What is wrong with the header of a step with this number; nil where nothing is.
    func fault(of number: Int32) -> String? {
        if let worksWithText {
            guard let worksWith, worksWith < number else { return "\"works with: \(worksWithText)\" names no earlier step" }
        }
        let unrepeatable = statements.filter { $0.contains("CONCURRENTLY") && !$0.contains(" IF ") }
        guard unrepeatable.isEmpty else {
            return "outside a transaction a statement may meet its own remains: write IF NOT EXISTS or IF EXISTS"
        }
        return nil
    }

    /// The statements of a step outside a transaction, without comments.
    static func statements(of text: String) -> [String] {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("--") }
        var statements: [String] = []
        var open: [Substring] = []
        for line in lines {
            open.append(line)
            guard line.hasSuffix(";") else { continue }
            statements.append(open.joined(separator: "\n"))
            open = []
        }
        if !open.isEmpty { statements.append(open.joined(separator: "\n")) }
        return statements
    }

    /// The name of the index that a statement builds concurrently.
    static func concurrentIndex(of statement: String) -> String? {
        let words = statement.split { $0.isWhitespace }
        guard words.first == "CREATE", let place = words.firstIndex(of: "CONCURRENTLY") else { return nil }
        return words[(place + 1)...].first { !["IF", "NOT", "EXISTS"].contains($0) }.map(String.init)
    }
}
