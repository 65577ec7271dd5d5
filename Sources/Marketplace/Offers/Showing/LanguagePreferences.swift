/// The languages that a caller would rather read, from `Accept-Language` (RFC 9110, 12.5.4), matched by falling back from
/// the longer tag to the shorter one (RFC 4647, 3.4). What cannot be read is passed over, as no caller should get a
/// refusal instead of an offer.
package struct LanguagePreferences: Sendable, Hashable {
    /// Ranges beyond are not looked at.
    package static let rangesMax = 32

    private struct Range: Sendable, Hashable {
        /// Lower case; `*` is any.
        let tag: String
        /// Thousandths; 0 is not wanted at all.
        let quality: Int
    }

    private let wanted: [Range]
    private let unwanted: Set<String>

    package init(_ header: String?) {
        let ranges = (header ?? "").split(separator: ",").prefix(Self.rangesMax).compactMap(Self.range)
        // Sorting is stable: of equal quality the first named wins.
        wanted = ranges.filter { $0.quality > 0 }.enumerated()
            .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }.map(\.element)
        unwanted = Set(ranges.filter { $0.quality == 0 }.map(\.tag))
    }

    /// The best of the tags there are; `fallback` where none is wanted, or any is.
    package func best(of tags: some Collection<String>, otherwise fallback: String) -> String {
        let offered = Dictionary(tags.map { ($0.lowercased(), $0) }) { first, _ in first }
            .filter { !unwanted.contains($0.key) }
        for range in wanted {
            if range.tag == "*" { return fallback }
            if let found = Self.match(range.tag, offered) { return found }
        }
        return fallback
    }

    private static func match(_ range: String, _ offered: [String: String]) -> String? {
        var tag = Substring(range)
        while true {
            if let exact = offered[String(tag)] { return exact }
            guard let dash = tag.lastIndex(of: "-") else { break }
            tag = tag[..<dash]
        }
        // `pt` reads `pt-BR` where there is nothing nearer.
        return offered.keys.sorted().first { $0.hasPrefix(range + "-") }.flatMap { offered[$0] }
    }

    private static func range(_ text: Substring) -> Range? {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.filter { $0 != " " && $0 != "\t" } }
        guard let tag = parts.first?.lowercased(), isTag(tag) else { return nil }
        guard parts.count > 1 else { return Range(tag: tag, quality: 1000) }
        guard parts.count == 2, let quality = thousandths(parts[1]) else { return nil }
        return Range(tag: tag, quality: quality)
    }

    private static func isTag(_ tag: String) -> Bool {
        tag == "*"
            || (1...35).contains(tag.utf8.count)
                && tag.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    /// `q=0.875`: 875. At most three digits after the point, at most 1.
    private static func thousandths(_ text: String) -> Int? {
        guard text.lowercased().hasPrefix("q=") else { return nil }
        let parts = text.dropFirst(2).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, whole == "0" || whole == "1" else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let digits = fraction + String(repeating: "0", count: 3 - fraction.utf8.count)
        guard let thousandths = Int(digits) else { return nil }
        let quality = (whole == "1" ? 1000 : 0) + thousandths
        return quality <= 1000 ? quality : nil
    }
}
