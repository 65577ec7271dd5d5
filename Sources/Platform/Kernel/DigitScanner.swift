/// Reads the parts of an RFC 3339 time from the front of a text.
struct DigitScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    /// Takes one of `characters`, if it is next.
    mutating func skip(_ characters: StaticString) -> Bool {
        guard let next = rest.first, "\(characters)".utf8.contains(next) else { return false }
        rest.removeFirst()
        return true
    }

    /// Takes exactly `count` digits.
    mutating func number(_ count: Int) -> Int64? {
        guard rest.count >= count else { return nil }
        var value: Int64 = 0
        for byte in rest.prefix(count) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        rest = rest.dropFirst(count)
        return value
    }

    /// `2026-03-01`
    mutating func day() -> BusinessDay? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2) else { return nil }
        return BusinessDay(year: Int(year), month: Int(month), day: Int(day))
    }

    /// The digits after the point of a second, as microseconds.
    mutating func fraction() -> Int64? {
        var (value, digits) = (Int64(0), 0)
        while let digit = number(1) {
            digits += 1
            if digits <= 6 { value = value * 10 + digit }
        }
        guard digits > 0 else { return nil }
        for _ in 0..<max(0, 6 - digits) { value *= 10 }
        return value
    }

    /// `Z`, `+03:00` or `-05:30`, in minutes.
    mutating func offsetMinutes() -> Int64? {
        if skip("Zz") { return 0 }
        let sign: Int64 = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }
}
