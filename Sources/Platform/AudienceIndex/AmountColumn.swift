/// An amount for each ordinal, or none: a column of codes for scans, and the exact amounts for what a scan cannot decide.
@safe package final class AmountColumn: @unchecked Sendable {
    package let codes: NumberColumn
    private let exact: Exact

    private enum Exact {
        /// 32 bits each; what does not fit is in the table.
        case stored(Block, Overflow)
        /// Whole part of an amount by a number: nothing is stored twice.
        case quotient(of: AmountColumn, by: NumberColumn)
    }

    private final class Overflow { var amounts: [Int: Int64] = [:] }

    private static let beyond = UInt32.max

    package init(count: Int) {
        codes = NumberColumn(count: count)
        exact = .stored(Block(byteCount: count * 4), Overflow())
    }

    /// The whole part of each amount by its number, none where the number is 0. A comparison with whole bounds is exact:
    /// amount >= bound x number where the whole part is at least the bound.
    package init(quotientOf amounts: AmountColumn, by numbers: NumberColumn) {
        precondition(amounts.codes.count == numbers.count, "columns of one index")
        codes = NumberColumn(count: numbers.count)
        exact = .quotient(of: amounts, by: numbers)
        for ordinal in 0..<numbers.count { refreshQuotient(at: ordinal) }
    }

    package var count: Int { codes.count }

    package var byteCount: Int {
        switch exact {
        case .stored(let block, let overflow): codes.byteCount + block.byteCount + overflow.amounts.count * 32
        case .quotient: codes.byteCount
        }
    }

    package subscript(ordinal: Int) -> Int64? {
        get { codes[ordinal] == 0 ? nil : amount(at: ordinal) }
        set {
            guard case .stored(let block, let overflow) = exact else { preconditionFailure("a quotient is not set") }
            codes[ordinal] = newValue.map(AmountCode.code) ?? 0
            let amount = newValue ?? 0
            let fits = amount < Int64(Self.beyond)
            unsafe block.pointer(to: UInt32.self)[ordinal] = fits ? UInt32(amount) : Self.beyond
            if !fits || !overflow.amounts.isEmpty { overflow.amounts[ordinal] = fits ? nil : amount }
        }
    }

    /// After the amount or the number of an ordinal changed.
    package func refreshQuotient(at ordinal: Int) {
        guard case .quotient(let amounts, let numbers) = exact else { preconditionFailure("not a quotient") }
        let number = Int64(numbers[ordinal])
        codes[ordinal] = number == 0 ? 0 : AmountCode.code(of: (amounts[ordinal] ?? 0) / number)
    }

    /// The exact amount of an ordinal that has one.
    func amount(at ordinal: Int) -> Int64 {
        switch exact {
        case .stored(let block, let overflow):
            let stored = unsafe block.pointer(to: UInt32.self)[ordinal]
            return stored == Self.beyond ? overflow.amounts[ordinal] ?? Int64(stored) : Int64(stored)
        case .quotient(let amounts, let numbers):
            return amounts.amount(at: ordinal) / Int64(max(1, numbers.number(at: ordinal)))
        }
    }

    /// For sums: who has no amount adds nothing.
    @inline(__always) func amountOrZero(at ordinal: Int) -> Int64 { codes.number(at: ordinal) == 0 ? 0 : amount(at: ordinal) }
}
