/// What a CSV text may take of memory; the fields are counted without their quotes.
package struct CSVLimits: Hashable, Sendable {
    package let fieldBytesMax: Int
    /// All fields of a record with one separator between two.
    package let recordBytesMax: Int
    package let fieldsMax: Int

    package init(fieldBytesMax: Int = 64 * 1024, recordBytesMax: Int = 1024 * 1024, fieldsMax: Int = 1000) {
        precondition(fieldBytesMax > 0 && recordBytesMax > 0 && fieldsMax > 0, "a limit is positive")
        self.fieldBytesMax = fieldBytesMax
        self.recordBytesMax = recordBytesMax
        self.fieldsMax = fieldsMax
    }
}

/// Why a record was not read, and where it begins.
package struct CSVRejection: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case fieldTooLong, recordTooLong, tooManyFields
        /// As in `"a"b`: only a separator or the end of the line may follow a closing quote.
        case textAfterQuote
        /// As in `a"b`: a field with a quote in it is quoted as a whole.
        case quoteInField
        /// The text ended within quotes.
        case unclosedQuote
        /// The record has more or fewer fields than the header.
        case fieldCount(expected: Int, found: Int)
    }

    package let line: Int
    package let reason: Reason

    package init(line: Int, reason: Reason) {
        self.line = line
        self.reason = reason
    }
}
