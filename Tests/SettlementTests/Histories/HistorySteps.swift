import HTTPTypes
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport

/// What may happen next. The weights make sales common and money rare, as in a shop.
enum HistoryStep: CaseIterable {
    case topUp, refund, correct, launch, halt, close
    case quote, hold, release, lapse, sell, takeBack, void, repeatReceipt
    case seal, acknowledge, dispute, pay

    var weight: Int {
        switch self {
        case .sell: 9
        case .hold: 6
        case .quote, .takeBack: 4
        case .topUp, .launch, .lapse, .seal: 3
        case .release, .void, .repeatReceipt, .acknowledge, .dispute, .pay, .halt, .refund, .correct: 2
        case .close: 1
        }
    }

    static func draw(using random: inout SeededGenerator) -> HistoryStep {
        var place = Int.random(in: 0..<allCases.reduce(0) { $0 + $1.weight }, using: &random)
        for step in allCases {
            place -= step.weight
            if place < 0 { return step }
        }
        return .sell
    }
}

extension History {
    /// One step, and the comparison after it. A step that cannot be taken now is drawn again; the first fills the wallet.
    mutating func step() async throws {
        model.minute += 1
        let base = model.isOver ? Self.afterClose : Self.start
        town.market.clock.set(base.adding(seconds: Int64(model.minute) * 60))
        var isDone = false
        if log.isEmpty { isDone = try await take(.topUp) }
        while !isDone { isDone = try await take(HistoryStep.draw(using: &random)) }
        try await check()
    }

    /// False where there is nothing to take it on.
    private mutating func take(_ step: HistoryStep) async throws -> Bool {
        switch step {
        case .topUp: try await topUp()
        case .refund: try await refund()
        case .correct: try await correct()
        case .launch: try await launch()
        case .halt: try await halt()
        case .close: try await close()
        case .quote: try await quote()
        case .hold: try await hold()
        case .release: try await release()
        case .lapse: try await lapse()
        case .sell: try await sell()
        case .takeBack: try await takeBack()
        case .void: try await void()
        case .repeatReceipt: try await repeatReceipt()
        case .seal: try await seal()
        case .acknowledge: try await acknowledge()
        case .dispute: try await dispute()
        case .pay: try await pay()
        }
    }

    mutating func name(_ what: String) -> String {
        number += 1
        return "\(what)-\(seed)-\(number)"
    }

    /// Money is moved by requests with a key; now and then the answer is lost and the same is sent again.
    mutating func move(
        _ path: String, as key: KeyTokenOf, _ body: JSONValue? = [:]
    ) async throws -> TestClient.Reply {
        let once = name("once")
        let reply = try await town.send(.post, path, as: key(town), body, once: once)
        guard Int.random(in: 0..<4, using: &random) == 0, reply.status < 500 else { return reply }
        let again = try await town.send(.post, path, as: key(town), body, once: once)
        // A refusal is not remembered; it is refused again.
        guard again.status == reply.status, reply.status >= 300 || again.json == reply.json else {
            throw failure("sent again: \(again.status) \(again.text), not \(reply.status) \(reply.text)")
        }
        return reply
    }
}

/// Whose key a request is sent with.
typealias KeyTokenOf = @Sendable (HistoryTown) -> KeyToken
