import HTTPTypes
import JSONText
import Kernel
import TestSupport

/// Steps of both treasurers after the day.
extension History {
    mutating func seal() async throws -> Bool {
        guard model.sealed.count < 4 else { return false }
        log.append("seal")
        let id = statements[statements.count - 1]
        let reply = try await move("statements/\(id)/seal", as: { $0.treasurer }, nil)
        try expect(reply, 200)
        guard figures(reply.json) == model.open.named else { throw failure("sealed \(reply.text), not \(model.open.named)") }
        model.seal()
        statements.append(reply.json["next_statement_id"].string ?? "")
        return true
    }

    mutating func acknowledge() async throws -> Bool {
        let waiting = model.sealed.indices.filter { !model.sealed[$0].isAcknowledged && !model.sealed[$0].isPaid }
        guard let index = waiting.randomElement(using: &random) else { return false }
        log.append("acknowledge \(index + 1)")
        try expect(try await town.send(.post, "statements/\(statements[index])/acknowledge", as: town.supplierTreasurer), 200)
        model.sealed[index].isAcknowledged = true
        return true
    }

    /// A line that was paid in a sealed statement is disputed and rejected, or upheld in part and settled.
    mutating func dispute() async throws -> Bool {
        let open = model.sales.indices.flatMap { sale in
            model.sales[sale].lines.indices.filter { isDisputable(model.sales[sale].lines[$0]) }.map { (sale, $0) }
        }
        guard let (sale, index) = open.randomElement(using: &random) else { return false }
        let paid = model.sales[sale].lines[index]
        let (statement, redemption) = (statements[paid.statement], redemptions[sale][index])
        let lines = try await town.send(.get, "statements/\(statement)/lines?kind=redemption&limit=1000", as: town.treasurer)
        guard let line = lines.json["data"].elements.first(where: { $0["redemption"]["redemption_id"] == .string(redemption) })
        else { throw failure("no line of \(redemption) in statement \(paid.statement + 1)") }
        let amount = Int64.random(in: 1...(paid.funded - paid.back), using: &random)
        let isUpheld = Int.random(in: 0..<3, using: &random) > 0
        log.append("dispute \(amount) of \(model.sales[sale].number) line \(index)\(isUpheld ? "" : ", rejected")")
        let opened = try await town.send(
            .post, "statements/\(statement)/disputes", as: town.supplierTreasurer,
            ["transfer_id": line["transfer_id"], "amount": Self.money(amount), "reason": "It was another product."])
        try expect(opened, 201)
        model.sales[sale].lines[index].isDisputed = true
        let id = opened.json["id"].string ?? ""
        guard isUpheld else {
            try expect(try await town.send(.post, "disputes/\(id)/reject", as: town.treasurer, ["answer": "No."]), 200)
            model.sealed[paid.statement].isAnswered = true
            return true
        }
        try expect(try await town.send(.post, "disputes/\(id)/uphold", as: town.treasurer, ["answer": "Yes."]), 200)
        let given = model.settleDispute(sale: sale, line: index, amount: amount)
        let settled = try await move("disputes/\(id)/settle", as: { $0.second })
        try expect(settled, 200)
        guard settled.json["fee_amount"] == Self.money(given.fee) else { throw failure("fee \(settled.text), not \(given.fee)") }
        return true
    }

    private func isDisputable(_ line: ModelLine) -> Bool {
        guard line.statement < model.sealed.count, line.funded > line.back, !line.isDisputed else { return false }
        return !model.sealed[line.statement].isAcknowledged && !model.sealed[line.statement].isPaid
    }

    /// All that may be paid; now and then the bank sends it back.
    mutating func pay() async throws -> Bool {
        guard model.sealed.contains(where: { !$0.isPaid }) else { return false }
        let due = model.payableNow()
        log.append("pay \(due?.amount ?? 0) of \(due?.statements.map { $0 + 1 } ?? [])")
        let ordered = try await move("wallets/\(wallet)/payments", as: { $0.treasurer })
        guard let due else {
            try expect(ordered, 409, "nothing_to_pay")
            return true
        }
        try expect(ordered, 201)
        guard ordered.json["amount"] == Self.money(due.amount) else {
            throw failure("ordered \(ordered.text), not \(due.amount)")
        }
        let path = "payments/\(ordered.json["id"].string ?? "")"
        guard Int.random(in: 0..<4, using: &random) > 0 else {
            log[log.count - 1] += ", cancelled"
            try expect(try await move("\(path)/cancel", as: { $0.second }, ["reason": "The bank sent it back."]), 200)
            return true
        }
        try expect(try await move("\(path)/pay", as: { $0.second }), 200)
        model.pay(due.statements, due.amount)
        return true
    }
}
