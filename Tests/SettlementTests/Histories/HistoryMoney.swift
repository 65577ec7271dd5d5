import App
import Campaigns
import HTTPTypes
import JSONText
import Kernel
import TestSupport

/// Steps of people with money.
extension History {
    mutating func topUp() async throws -> Bool {
        let amount = Int64.random(in: 500...6_000, using: &random)
        log.append("top up \(amount)")
        let asked = try await town.send(
            .post, "wallets/\(wallet)/top-ups", as: town.supplierTreasurer, ["amount": Self.money(amount)])
        try expect(asked, 201)
        let line: JSONValue = [
            "bank_id": .string(name("bank")), "payer": "Dairy LLC", "amount": Self.money(amount), "received_on": "2026-03-09",
        ]
        let received = try await move(
            "wallets/\(wallet)/top-ups/\(asked.json["id"].string ?? "")/receive", as: { $0.treasurer }, line)
        try expect(received, 200)
        model.topUp(amount)
        topUps.append((received.json["transfer_id"].string ?? "", amount))
        return true
    }

    mutating func refund() async throws -> Bool {
        let amount = Int64.random(in: 1...2_000, using: &random)
        log.append("refund \(amount)")
        let isTaken = model.refund(amount)
        let reply = try await move(
            "wallets/\(wallet)/refunds", as: { $0.treasurer },
            [
                "amount": Self.money(amount), "bank_reference": .string(name("refund")), "paid_on": "2026-03-09",
                "reason": "Asked for.",
            ])
        try expect(reply, isTaken ? 201 : 409, isTaken ? nil : "insufficient_funds")
        return true
    }

    /// A top-up was wrong, in part or as a whole; a second person agrees. One that is refused waits for ever.
    mutating func correct() async throws -> Bool {
        guard let index = topUps.indices.randomElement(using: &random) else { return false }
        let (transfer, whole) = topUps.remove(at: index)
        let amount = Bool.random(using: &random) ? whole : Int64.random(in: 1...whole, using: &random)
        log.append("correct \(amount) of a top-up of \(whole)")
        let isTaken = model.correctTopUp(by: amount)
        let asked = try await town.send(
            .post, "corrections", as: town.treasurer,
            ["transfer_id": .string(transfer), "amount": Self.money(amount), "reason": "Credited to the wrong wallet."])
        try expect(asked, 201)
        let reply = try await move("corrections/\(asked.json["id"].string ?? "")/approve", as: { $0.second })
        try expect(reply, isTaken ? 200 : 409, isTaken ? nil : "insufficient_funds")
        return true
    }

    mutating func launch() async throws -> Bool {
        guard !model.isOver,
            let index = campaigns.indices.filter({ !model.campaigns[$0].isLaunched }).randomElement(using: &random)
        else { return false }
        // The clock that starts it would pause the other where that is used up.
        let isUsedUp = model.campaigns.contains { $0.state == .running && $0.balance < model.cost($0.terms.discount) }
        guard !isUsedUp else { return false }
        log.append("launch \(index) with \(model.campaigns[index].terms)")
        let isTaken = model.launch(index)
        let reply = try await move("campaigns/\(campaigns[index])/launch", as: { $0.supplierTreasurer })
        try expect(reply, isTaken ? 200 : 409, isTaken ? nil : "insufficient_funds")
        try await town.market.marketplace.campaignClock.advance(town.market.clock.now, at: town.retailer)
        return true
    }

    /// Pauses what runs, resumes or stops what is paused; seldom stops what runs.
    mutating func halt() async throws -> Bool {
        let open = campaigns.indices.filter { [.running, .paused].contains(model.campaigns[$0].state) }
        guard let index = open.randomElement(using: &random) else { return false }
        let isRunning = model.campaigns[index].state == .running
        let stops = Int.random(in: 0..<5, using: &random) == 0
        let step = stops ? "stop" : isRunning ? "pause" : "resume"
        log.append("\(step) \(index)")
        let reply = try await town.send(
            .post, "campaigns/\(campaigns[index])/\(step)", as: town.supplierTreasurer, ["reason": "Because."], once: name("halt")
        )
        try expect(reply, 200)
        if stops { model.stop(index) } else if isRunning { model.pause(index) } else { model.resume(index) }
        return true
    }

    /// Weeks pass: the campaigns close. Close waits for what quotes keep, so their time is up first.
    mutating func close() async throws -> Bool {
        guard !model.isOver, log.count > 5 else { return false }
        log.append("close")
        try await endHolds()
        town.market.clock.set(Self.afterClose.adding(seconds: Int64(model.minute) * 60))
        for _ in 0..<2 { try await town.market.marketplace.campaignClock.advance(town.market.clock.now, at: town.retailer) }
        model.close()
        return true
    }
}
