/// Reads a host the way `inet_aton`, and so `getaddrinfo` and libcurl, do: one to four numbers, decimal, octal
/// (`0177`) or hexadecimal (`0x7f`), of which the last fills all bytes that are left. `2130706433`, `0x7f.1` and
/// `127.0.0.1` are one address.
enum NumericHost: Equatable {
    /// A name: its last label is not a number.
    case name
    case address(UInt32)
    /// Looks like a number and is no address, as `1.2.3.256`: what reads it as one is not known, so it is refused.
    case invalid

    init(_ host: String) {
        var labels = host.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1 && labels.last?.isEmpty == true { labels.removeLast() }
        guard let last = labels.last, Self.looksNumeric(last) else {
            self = .name
            return
        }
        guard labels.count <= 4, let address = Self.address(labels.map(Self.number)) else {
            self = .invalid
            return
        }
        self = .address(address)
    }

    private static func address(_ numbers: [UInt64?]) -> UInt32? {
        var address: UInt64 = 0
        for (index, number) in numbers.enumerated() {
            let isLast = index == numbers.count - 1
            let bits = isLast ? 8 * (4 - index) : 8
            guard let number, number < 1 << bits else { return nil }
            address = address << bits | number
        }
        return UInt32(address)
    }

    private static func looksNumeric(_ label: Substring) -> Bool {
        number(label) != nil || (!label.isEmpty && label.utf8.allSatisfy(isDigit))
    }

    private static func number(_ label: Substring) -> UInt64? {
        guard let first = label.utf8.first, isDigit(first) else { return nil }
        let lowered = label.lowercased()
        if lowered.hasPrefix("0x") {
            let digits = lowered.dropFirst(2)
            return digits.isEmpty ? 0 : UInt64(digits, radix: 16)
        }
        if lowered.hasPrefix("0") && lowered.count > 1 { return UInt64(lowered, radix: 8) }
        return UInt64(lowered, radix: 10)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
