import CLibpq

/// Why no connection was opened, as it may be logged. libpq repeats pieces of the address in its messages, and of an address
/// that was mistyped any piece may be the password.
enum ConnectFault {
    static let unreadable = "the address of PostgreSQL is neither a URL nor a list of key=value that libpq can read"

    /// `message` is libpq's.
    static func text(_ message: String, of address: String) -> String {
        guard isReadable(address) else { return unreadable }
        guard mayHoldSecret(address) else { return message.firstLine }
        // A quotation mark in a value would end its quotation early.
        let holdsQuote = address.contains("\"") || address.contains("%22")
        return holdsQuote ? String(message.firstLine.prefix { $0 != "\"" }) + "..." : withoutQuoted(message)
    }

    private static func isReadable(_ address: String) -> Bool {
        guard let options = unsafe PQconninfoParse(address, nil) else { return false }
        unsafe PQconninfoFree(options)
        return true
    }

    private static func mayHoldSecret(_ address: String) -> Bool {
        address.contains("://") || address.lowercased().contains("pass")
    }

    /// The first line without what stands between double quotes, where values are.
    private static func withoutQuoted(_ message: String) -> String {
        let parts = message.firstLine.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0 % 2 == 0 ? String($1) : "..." }.joined(separator: "\"")
    }
}
