import Kernel
import Postgres

/// How a returned line was matched to a sold one.
package enum ReturnMatchKind: String, CaseIterable, SQLWord {
    /// The till named the sold line.
    case original
    /// One sold line alone fits: same shopper, product and paid unit price, within 90 days.
    case found
    case unmatched
}

/// A line that came back, as it is filed.
package struct ReturnedLine: Hashable, Sendable {
    package let lineNo: Int32
    package let productOrdinal: Int32
    package let quantityMilli: Int64
    /// What the shopper got back.
    package let amount: Int64
    package let match: ReturnMatchKind
    package let original: SoldLineKey?
}

package struct SoldLineKey: Hashable, Sendable {
    package let key: StoredKey
    package let lineNo: Int32

    package init(key: StoredKey, lineNo: Int32) {
        self.key = key
        self.lineNo = lineNo
    }
}

/// What was sold on one line and what came back of it so far.
struct SoldLine: Hashable, Sendable {
    let productOrdinal: Int32
    let quantityMilli: Int64
    /// Nil where the feed does not say what was paid: then only the quantity bounds a return.
    let paidAmount: Int64?
    var returnedQuantityMilli: Int64 = 0
    var returnedAmount: Int64 = 0

    var quantityMilliLeft: Int64 { quantityMilli - returnedQuantityMilli }
    var amountLeft: Int64? { paidAmount.map { $0 - returnedAmount } }

    /// Returned quantity and money never exceed the line's (DOMAIN 8).
    func allows(quantityMilli: Int64, amount: Int64) -> Bool {
        quantityMilli <= quantityMilliLeft && amount <= amountLeft ?? .max
    }

    /// Whether a return was paid back at the unit price that was paid, compared without division.
    func hasUnitPrice(of amount: Int64, for quantityMilli: Int64) -> Bool {
        guard let paidAmount else { return false }
        return Int128(paidAmount) * Int128(quantityMilli) == Int128(amount) * Int128(self.quantityMilli)
    }
}

/// Decides what each line of returns gives back, from the sold lines that are on file. Pure: it keeps count of what it
/// let come back, so that several returns of one batch share what is left.
struct ReturnMatch {
    static let searchDays: Int32 = 90

    var sold: [SoldLineKey: SoldLine]

    /// All lines of one return, or why it contradicts what was sold. A refused return takes nothing.
    mutating func match(_ lines: [ReturnRequest]) throws(FilingRefusal) -> [ReturnedLine] {
        var after = sold
        var returned: [ReturnedLine] = []
        for line in lines { returned.append(try Self.match(line, &after)) }
        sold = after
        return returned
    }

    private static func match(
        _ line: ReturnRequest, _ sold: inout [SoldLineKey: SoldLine]
    ) throws(FilingRefusal) -> ReturnedLine {
        guard let (key, kind) = try candidate(for: line, in: sold), var original = sold[key] else {
            return line.returned(as: .unmatched, of: nil)
        }
        guard original.allows(quantityMilli: line.quantityMilli, amount: line.amount) else {
            throw .returnExceedsLine(
                lineNo: line.lineNo, quantityMilliLeft: original.quantityMilliLeft, amountLeft: original.amountLeft)
        }
        original.returnedQuantityMilli += line.quantityMilli
        original.returnedAmount += line.amount
        sold[key] = original
        return line.returned(as: kind, of: key)
    }

    private static func candidate(
        for line: ReturnRequest, in sold: [SoldLineKey: SoldLine]
    ) throws(FilingRefusal) -> (SoldLineKey, ReturnMatchKind)? {
        switch line.named {
        case .line(let key):
            guard sold[key]?.productOrdinal == line.productOrdinal else {
                throw .originalLineDiffers(lineNo: line.lineNo)
            }
            return (key, .original)
        case .notOnFile: return nil
        case .nothing:
            let fitting = line.candidates.filter { key in
                guard let original = sold[key] else { return false }
                return original.hasUnitPrice(of: line.amount, for: line.quantityMilli)
                    && original.allows(quantityMilli: line.quantityMilli, amount: line.amount)
            }
            return fitting.count == 1 ? (fitting[0], .found) : nil
        }
    }
}

/// One line that a return gives back, with where to look for what was sold.
struct ReturnRequest: Hashable, Sendable {
    enum Named: Hashable, Sendable {
        case line(SoldLineKey)
        /// The till named a sale that never came.
        case notOnFile
        case nothing
    }

    let lineNo: Int32
    let productOrdinal: Int32
    let quantityMilli: Int64
    let amount: Int64
    let named: Named
    let candidates: [SoldLineKey]

    func returned(as match: ReturnMatchKind, of original: SoldLineKey?) -> ReturnedLine {
        ReturnedLine(
            lineNo: lineNo, productOrdinal: productOrdinal, quantityMilli: quantityMilli, amount: amount, match: match,
            original: original)
    }
}
