import App
import HTTPTypes
import JSONText
import Kernel
import Synchronization
import TestSupport

/// Tills that sell until they are told to stop: each quotes a basket and posts the receipt with the discount that it gave.
final class SteadyTills: Sendable {
    private let town: ServedTown
    private let nodes: NodesClient
    private let acknowledged = Mutex<[String: JSONValue]>([:])
    private let isStopping = Atomic<Bool>(false)

    init(in town: ServedTown, _ nodes: NodesClient) {
        self.town = town
        self.nodes = nodes
    }

    /// The answers by the receipt's number.
    var receipts: [String: JSONValue] { acknowledged.withLock { $0 } }

    /// What was funded, by the answers.
    var funded: Int64 {
        receipts.values.flatMap { $0["discounts"].elements }.compactMap { $0["funded_amount"].integer }.reduce(0, +)
    }

    func stop() { isStopping.store(true, ordering: .relaxed) }

    func sell(tills: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for till in 0..<tills {
                group.addTask {
                    var place = 0
                    while !self.isStopping.load(ordering: .relaxed) {
                        try await self.sale("\(till)-\(place)", of: "h\((place * tills + till) % ServedTown.shoppers + 1)")
                        place += 1
                    }
                }
            }
            do {
                try await group.waitForAll()
            } catch {
                stop()
                throw error
            }
        }
    }

    /// Until so many more receipts are acknowledged than now.
    func goOn(for count: Int) async throws {
        let start = receipts.count
        while receipts.count < start + count, !isStopping.load(ordering: .relaxed) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func sale(_ number: String, of shopper: String) async throws {
        let base = ServedTown.basePrice
        let quote = try await send("/quotes", ServedTown.quote(of: shopper, base: base))
        let given = quote["lines"][0]["discounts"][0]
        let discounts: [JSONValue] =
            given == .null
            ? [] : [["campaign_id": given["campaign_id"], "amount": given["amount"], "quote_id": quote["quote_id"]]]
        let answer = try await send(
            "/receipts",
            [
                "store_id": "s1", "till": "1", "business_day": quote["business_day"], "number": .string(number),
                "kind": "sale", "sold_at": .string("\(OutsideWorld.real.now())"), "shopper_id": .string(shopper),
                "lines": [ServedTown.line(base, discounts: discounts)],
            ])
        acknowledged.withLock { $0[number] = answer }
    }

    private func send(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        let reply = try await nodes.send(.post, town.path + path, body, as: town.till)
        guard [200, 201].contains(reply.status) else {
            throw Refused(action: path, status: reply.status, body: reply.text)
        }
        return reply.json
    }
}
