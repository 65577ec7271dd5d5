package import Kernel

/// What must hold within one receipt, whatever form it came in.
package enum ReceiptRules {
    /// Puts the lines in order, fills in a missing total from the lines, and refuses what contradicts itself. Pointers
    /// are those of the JSON form.
    package static func settle(_ receipt: inout Receipt) -> [FieldProblem] {
        var problems = discounts(receipt)
        if !isAscending(receipt.lines) { receipt.lines.sort { $0.lineNo < $1.lineNo } }
        if !isAscending(receipt.lines) {
            problems.append(FieldProblem(pointer: "/lines", code: "duplicate_line_no", detail: "Two lines have one number."))
        }
        problems += total(of: &receipt)
        problems += void(receipt)
        problems += returns(receipt)
        return problems
    }

    /// A line is paid once by a campaign (DOMAIN 7), so it names it once. Pointers are those of the lines as they came.
    private static func discounts(_ receipt: Receipt) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (index, line) in receipt.lines.enumerated() {
            var seen: Set<TypedID<DiscountedCampaignKind>> = []
            for (place, discount) in line.discounts.enumerated() where !seen.insert(discount.campaignID).inserted {
                problems.append(
                    FieldProblem(
                        pointer: "/lines/\(index)/discounts/\(place)/campaign_id", code: "duplicate_campaign",
                        detail: "The line names the campaign twice."))
            }
        }
        return problems
    }

    /// Sum of paid amounts + rounding = total, where both are known (DOMAIN 1).
    private static func total(of receipt: inout Receipt) -> [FieldProblem] {
        guard let paid = paid(in: receipt.lines), !receipt.lines.isEmpty else { return [] }
        let (sum, overflow) = paid.addingReportingOverflow(receipt.rounding)
        guard !overflow, (0...Money.bound).contains(sum) else {
            return [FieldProblem(pointer: "/lines", code: "out_of_range", detail: "The sum of the lines is out of range.")]
        }
        guard let total = receipt.total else {
            receipt.total = sum
            return []
        }
        guard total == sum else {
            return [
                FieldProblem(
                    pointer: "/total", code: "total_mismatch",
                    detail: "The paid amounts and the rounding make \(sum), the total is \(total).")
            ]
        }
        return []
    }

    /// Nil where a line does not say what was paid.
    private static func paid(in lines: [ReceiptLine]) -> Int64? {
        var sum: Int64 = 0
        for line in lines {
            guard let paid = line.paidAmount else { return nil }
            sum += paid
        }
        return sum
    }

    private static func void(_ receipt: Receipt) -> [FieldProblem] {
        guard receipt.kind == .void else {
            var problems: [FieldProblem] = []
            if receipt.original != nil {
                problems.append(
                    FieldProblem(pointer: "/original", code: "not_a_void", detail: "Only a void names a whole receipt."))
            }
            if receipt.lines.isEmpty {
                problems.append(FieldProblem(pointer: "/lines", code: "bad_length", detail: "Must have at least one line."))
            }
            return problems
        }
        guard let original = receipt.original else {
            return [FieldProblem(pointer: "/original", code: "required", detail: "A void names the receipt that it undoes.")]
        }
        guard original.businessDay == receipt.key.businessDay else {
            return [
                FieldProblem(
                    pointer: "/original/business_day", code: "another_day", detail: "A void is of the same business day.")
            ]
        }
        guard receipt.lines.isEmpty else {
            return [FieldProblem(pointer: "/lines", code: "bad_length", detail: "A void undoes all and has no lines.")]
        }
        return []
    }

    private static func returns(_ receipt: Receipt) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (index, line) in receipt.lines.enumerated() {
            if receipt.kind != .return, line.original != nil {
                problems.append(
                    FieldProblem(
                        pointer: "/lines/\(index)/original", code: "not_a_return", detail: "Only a return names an original."))
            }
            if receipt.kind == .return, line.quantityMilli == 0 {
                problems.append(
                    FieldProblem(
                        pointer: "/lines/\(index)/quantity_milli", code: "out_of_range", detail: "Nothing comes back."))
            }
        }
        return problems
    }

    private static func isAscending(_ lines: [ReceiptLine]) -> Bool {
        var last: Int32 = 0
        for line in lines {
            guard line.lineNo > last else { return false }
            last = line.lineNo
        }
        return true
    }
}

/// Where receipts come from, which decides what time they may claim.
package enum ReceiptOrigin: Hashable, Sendable {
    /// A till, about now: `late_receipt_days` of the retailer's policy.
    case till(lateReceiptDays: Int32)
    /// A bulk load of what happened, however long ago.
    case history
}

extension ReceiptOrigin {
    static let futureSecondsMax: Int64 = 300

    /// DOMAIN 11: a till's time counts between `received_at - late_receipt_days` and `received_at + 5 min`. History has
    /// no lower bound.
    package func isClockSuspect(soldAt: Instant, receivedAt: Instant) -> Bool {
        if soldAt > receivedAt.adding(seconds: Self.futureSecondsMax) { return true }
        guard case .till(let days) = self else { return false }
        return soldAt < receivedAt.adding(seconds: -Int64(days) * 86_400)
    }
}
