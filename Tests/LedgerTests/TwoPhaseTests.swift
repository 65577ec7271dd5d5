import EventLog
import Kernel
import Ledger
import TestSupport
import Testing

/// The published stories of pending transfers, told of our holds over the real tables.
@Suite struct TwoPhaseTests {
    @Test(arguments: TwoPhaseScenario.all)
    func `holds do as the published two-phase transfers do`(scenario: TwoPhaseScenario) async throws {
        let stage = try await Stage(try await TestBooks.open())
        for (place, step) in scenario.steps.enumerated() {
            let outcome = try await stage.take(step.action)
            #expect(outcome == step.outcome, "\(scenario.name), step \(place + 1)")
            guard let pending = step.pending, let spent = step.spent else { continue }
            let account = try #require(try await stage.books.account(stage.campaign))
            #expect(account.debitsPending == pending, "\(scenario.name), step \(place + 1)")
            #expect(account.balance == TwoPhaseScenario.budget - spent, "\(scenario.name), step \(place + 1)")
        }
        #expect(try await stage.books.findings() == [], "\(scenario.name)")
    }

    @Test func `each row has a name of its own`() {
        #expect(Set(TwoPhaseScenario.all.map(\.name)).count == TwoPhaseScenario.all.count)
    }
}

/// Two campaigns, and holds and transfers by their names.
private struct Stage {
    let books: TestBooks
    let campaign: AccountID
    let other: AccountID

    init(_ books: TestBooks) async throws {
        self.books = books
        campaign = try await books.makeCampaign(budget: TwoPhaseScenario.budget)
        other = try await books.makeCampaign(budget: TwoPhaseScenario.budget)
    }

    private typealias Outcome = TwoPhaseScenario.Outcome

    func take(_ action: TwoPhaseScenario.Action) async throws -> TwoPhaseScenario.Outcome {
        do {
            return try await attempt(action)
        } catch let refusal as Posting.Refusal {
            return .refused(refusal.problem.code, field: refusal.field)
        }
    }

    private func attempt(_ action: TwoPhaseScenario.Action) async throws -> Outcome {
        switch action {
        case .hold(let name, let amount, let seconds, let onOther, let quote):
            return try await place(
                books.hold(
                    amount, on: onOther ? other : campaign, id: hold(name), quote: self.quote(quote ?? name), seconds: seconds))
        case .pay(let name, let amount, let transfer, let toFee, let asset):
            return try await pay(hold(name), [self.transfer(transfer, amount, toFee: toFee, in: asset)])
        case .payTwo(let name, let discount, let fee, let transfer):
            return try await pay(
                hold(name), [self.transfer(transfer, discount), self.transfer("\(transfer) fee", fee, toFee: true)])
        case .payTransfer(let named, let amount, let transfer):
            return try await pay(HoldID(transferID(named).value), [self.transfer(transfer, amount)])
        case .release(let name): return try await release(quote(name))
        case .spend(let amount, let name):
            let posted = try await books.post(transfer(name, amount), opening: [books.payable])
            return posted.allSatisfy(\.isReplay) ? .replayed : .done
        case .wait(let seconds):
            books.holdClock.advance(seconds: seconds)
            return .done
        case .sweep:
            let (retailer, clock) = (books.retailer, books.clock)
            _ = try await books.transaction { tx in try tx.expireDueHolds(of: retailer, clock: clock) }
            return .done
        }
    }

    private func place(_ hold: NewHold) async throws -> Outcome {
        let retailer = books.retailer
        let before = try await books.transaction { tx in try tx.holds(ofQuotes: [hold.quote], at: retailer) }
        try await books.place(hold)
        return before.contains { $0.id == hold.id } ? .replayed : .done
    }

    private func pay(_ hold: HoldID, _ transfers: [NewTransfer]) async throws -> Outcome {
        let (retailer, clock, opening) = (books.retailer, books.clock, [books.payable, books.fee])
        let posted = try await books.transaction { tx in
            try tx.postHolds(
                [HoldPayment(hold: hold, transfers: transfers)], opening: opening, of: retailer, at: TestBooks.now, clock: clock)
        }
        return posted.allSatisfy(\.isReplay) ? .replayed : .done
    }

    private func release(_ quote: Identifier) async throws -> Outcome {
        let (retailer, clock) = (books.retailer, books.clock)
        let released = try await books.transaction { tx in try tx.voidHolds(of: quote, at: retailer, clock: clock) }
        return released.isEmpty ? .replayed : .done
    }

    private func transfer(_ name: String, _ amount: Int64, toFee: Bool = false, in asset: String = "RUB") -> NewTransfer {
        NewTransfer(
            id: transferID(name), kind: toFee ? .fee : .redemption, debit: campaign,
            credit: (toFee ? books.fee : books.payable).id(at: books.retailer),
            amount: Money(minor: amount, asset: Asset(stored: asset)), cause: EventSubject(kind: "test", id: name),
            businessDay: TestBooks.day)
    }

    private func hold(_ name: String) -> HoldID { DerivedID.make(books.retailer, key: "hold", leg: name) }
    private func transferID(_ name: String) -> TransferID { DerivedID.make(books.retailer, key: "transfer", leg: name) }
    private func quote(_ name: String) -> Identifier { hold("quote of \(name)").value }
}

extension Posting.Refusal {
    fileprivate var field: String? {
        switch self {
        case .transferExists(_, let field), .holdExists(_, let field): field
        default: nil
        }
    }
}
