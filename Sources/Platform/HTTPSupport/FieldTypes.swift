package import JSONText
package import Kernel

extension Fields {
    /// Text of 1 to `max` characters without control characters (line breaks are allowed where `multiline`).
    package func string(_ name: String, max: Int, multiline: Bool = false) -> String {
        required(name, "") { try JSONValue.text($0, max: max, multiline: multiline) }
    }

    package func stringIfPresent(_ name: String, max: Int, multiline: Bool = false) -> String? {
        optional(name) { try JSONValue.text($0, max: max, multiline: multiline) }
    }

    package func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64 {
        let isQuery = readsQuery
        return required(name, range.lowerBound) { try JSONValue.integer($0, in: range, isQuery: isQuery) }
    }

    package func integerIfPresent(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        let isQuery = readsQuery
        return optional(name) { try JSONValue.integer($0, in: range, isQuery: isQuery) }
    }

    package func bool(_ name: String) -> Bool {
        let isQuery = readsQuery
        return required(name, false) { try JSONValue.bool($0, isQuery: isQuery) }
    }

    package func boolIfPresent(_ name: String) -> Bool? {
        let isQuery = readsQuery
        return optional(name) { try JSONValue.bool($0, isQuery: isQuery) }
    }

    /// One word of an enumeration.
    package func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Word.Type = Word.self) -> Word {
        required(name, Word.allCases.first!) { try JSONValue.word($0) }
    }

    package func wordIfPresent<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Word.Type = Word.self
    ) -> Word? {
        optional(name) { try JSONValue.word($0) }
    }

    package func words<Word: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Word.Type = Word.self) -> [Word] {
        if !has(name) { refuse(name, "required", "Is required.") }
        return listIfPresent(name, max: Word.allCases.count) { try JSONValue.word($0) } ?? []
    }

    package func id<Kind>(_ name: String, _ type: TypedID<Kind>.Type = TypedID<Kind>.self) -> TypedID<Kind> {
        required(name, TypedID(Identifier(high: 0, low: 0))) { try JSONValue.id($0) }
    }

    package func idIfPresent<Kind>(_ name: String, _ type: TypedID<Kind>.Type = TypedID<Kind>.self) -> TypedID<Kind>? {
        optional(name) { try JSONValue.id($0) }
    }

    package func externalID(_ name: String) -> ExternalID {
        required(name, ExternalID(stored: "")) { try JSONValue.externalID($0) }
    }

    package func externalIDIfPresent(_ name: String) -> ExternalID? { optional(name) { try JSONValue.externalID($0) } }

    package func externalIDsIfPresent(_ name: String, max: Int) -> [ExternalID]? {
        listIfPresent(name, max: max) { try JSONValue.externalID($0) }
    }

    /// RFC 3339 with an offset.
    package func instant(_ name: String) -> Instant { required(name, Instant(microseconds: 0)) { try JSONValue.instant($0) } }

    package func instantIfPresent(_ name: String) -> Instant? { optional(name) { try JSONValue.instant($0) } }

    /// `2026-03-01`
    package func day(_ name: String) -> BusinessDay {
        required(name, BusinessDay(daysSince1970: 0)) { try JSONValue.day($0) }
    }

    package func dayIfPresent(_ name: String) -> BusinessDay? { optional(name) { try JSONValue.day($0) } }

    package func basisPoints(_ name: String) -> BasisPoints {
        BasisPoints(stored: Int32(integer(name, in: 0...Int64(BasisPoints.whole))))
    }

    package func basisPointsIfPresent(_ name: String) -> BasisPoints? {
        integerIfPresent(name, in: 0...Int64(BasisPoints.whole)).map { BasisPoints(stored: Int32($0)) }
    }

    /// `{"amount": 12990, "currency": "RUB"}` of the tenant's currency, within bounds of minor units.
    package func money(_ name: String, in asset: Asset, minor range: ClosedRange<Int64> = 0...Money.bound) -> Money {
        object(name, otherwise: Money(minor: 0, asset: asset)) { $0.amount(in: asset, minor: range) }
    }

    package func moneyIfPresent(_ name: String, in asset: Asset, minor range: ClosedRange<Int64> = 0...Money.bound) -> Money? {
        objectIfPresent(name) { $0.amount(in: asset, minor: range) }
    }

    private func amount(in asset: Asset, minor range: ClosedRange<Int64>) -> Money {
        let minor = integer("amount", in: range)
        let currency = string("currency", max: Asset.lengthMax)
        if !currency.isEmpty, currency != asset.code { refuse("currency", "wrong_currency", "Must be \(asset.code).") }
        return Money(minor: minor, asset: asset)
    }

    private func required<Value>(
        _ name: String, _ otherwise: @autoclosure () -> Value, _ read: (JSONValue) throws -> Value
    ) -> Value {
        guard let value = requiredValue(name) else { return otherwise() }
        return parsed(name, value, read) ?? otherwise()
    }

    private func optional<Value>(_ name: String, _ read: (JSONValue) throws -> Value) -> Value? {
        value(name).flatMap { parsed(name, $0, read) }
    }

    private func parsed<Value>(_ name: String, _ value: JSONValue, _ read: (JSONValue) throws -> Value) -> Value? {
        do {
            return try read(value)
        } catch {
            let bad = BadValue.of(error)
            refuse(name, bad.code, bad.detail)
            return nil
        }
    }
}

/// The forms of single values, for members and for the elements of lists.
extension JSONValue {
    package static func text(_ value: JSONValue, max: Int, multiline: Bool = false) throws(BadValue) -> String {
        guard case .string(let text) = value else { throw BadValue("not_a_string", "Must be a string.") }
        guard (1...max).contains(text.unicodeScalars.count) else {
            throw BadValue("bad_length", "Must have 1 to \(max) characters.")
        }
        let isClean = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || multiline && (scalar == "\n" || scalar == "\t")
        }
        guard isClean else { throw BadValue("control_character", "Must not have control characters.") }
        return text
    }

    package static func integer(_ value: JSONValue, in range: ClosedRange<Int64>, isQuery: Bool = false) throws(BadValue) -> Int64
    {
        let number: Int64
        switch value {
        case .integer(let integer): number = integer
        case .string(let text) where isQuery:
            guard let integer = Int64(text) else { throw BadValue("not_an_integer", "Must be an integer.") }
            number = integer
        default: throw BadValue("not_an_integer", "Must be an integer.")
        }
        guard range.contains(number) else {
            throw BadValue("out_of_range", "Must be \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    package static func bool(_ value: JSONValue, isQuery: Bool = false) throws(BadValue) -> Bool {
        switch value {
        case .bool(let flag): return flag
        case .string("true") where isQuery: return true
        case .string("false") where isQuery: return false
        default: throw BadValue("not_a_boolean", "Must be true or false.")
        }
    }

    package static func word<Word: RawRepresentable<String> & CaseIterable>(_ value: JSONValue) throws(BadValue) -> Word {
        guard case .string(let text) = value, let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw BadValue("unknown_word", "Must be one of: \(words).")
        }
        return word
    }

    package static func id<Kind>(_ value: JSONValue) throws(BadValue) -> TypedID<Kind> {
        guard case .string(let text) = value, let id = TypedID<Kind>(text) else {
            throw BadValue("not_an_id", "Must be an id like \(Kind.prefix)_01j...")
        }
        return id
    }

    package static func externalID(_ value: JSONValue) throws(BadValue) -> ExternalID {
        guard case .string(let text) = value else { throw BadValue("not_a_string", "Must be a string.") }
        do throws(ExternalID.Refusal) {
            return try ExternalID(text)
        } catch {
            throw BadValue(error.rawValue, "Must be 1 to 128 bytes of UTF-8 in normal form C without control characters.")
        }
    }

    package static func instant(_ value: JSONValue) throws(BadValue) -> Instant {
        guard case .string(let text) = value, let instant = Instant(text) else {
            throw BadValue("not_a_time", "Must be an RFC 3339 time with an offset.")
        }
        return instant
    }

    package static func day(_ value: JSONValue) throws(BadValue) -> BusinessDay {
        guard case .string(let text) = value, let day = BusinessDay(text) else {
            throw BadValue("not_a_day", "Must be a date like 2026-03-01.")
        }
        return day
    }
}
