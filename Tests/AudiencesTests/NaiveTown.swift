import Audiences
import Kernel
import Profiles

/// The meaning of predicates once more, as plainly as possible over arrays: what the oracle must equal.
struct NaiveTown {
    struct Product {
        let brand: String?
        let category: String?
    }

    let products: [Product]
    let parents: [String: String] = ["milk": "dairy", "cheese": "dairy", "cats": "pets"]
    let persons: [Int64]
    let slips: [Slip]
    let refunds: [Refund]
    let tags: [String: Set<Int64>]
    let traits: [TraitName: TraitRule]
    let asOf: Int
    let today: Int
    let window: Int

    /// A receipt as it stands after returns.
    fileprivate struct Visit {
        let shopper: Int64
        let day: Int
        let store: Int32
        let money: Int64
        let lines: [(product: Int, money: Int64?)]
    }

    private func visit(_ slip: Slip) -> Visit? {
        guard let shopper = slip.shopper, !slip.isVoided else { return nil }
        var (kept, keptMoney, returnedMoney) = ([(product: Int, money: Int64?)](), Int64(0), Int64(0))
        for (index, line) in slip.lines.enumerated() {
            let back = refunds.filter {
                $0.original?.slip.number == slip.number && $0.original?.line == index + 1 && !$0.isVoided
            }
            let quantity = back.reduce(0) { $0 + $1.quantity }
            let amount = back.reduce(0) { $0 + $1.amount }
            returnedMoney += amount
            if !back.isEmpty, quantity >= line.quantity { continue }
            let money = line.paid.map { max($0 - amount, 0) }
            kept.append((Int(line.product), money))
            keptMoney += money ?? 0
        }
        if kept.isEmpty, !slip.lines.isEmpty { return nil }
        let isKnown = !slip.lines.isEmpty && slip.lines.allSatisfy { $0.paid != nil }
        let money = isKnown ? keptMoney : slip.total.map { max($0 - returnedMoney, 0) } ?? keptMoney
        return Visit(shopper: shopper, day: slip.receivedOn ?? slip.day, store: slip.store, money: money, lines: kept)
    }

    private func spend(_ visits: [Visit], of shopper: Int64) -> Int64 {
        Dictionary(grouping: visits, by: \.day).reduce(0) { sum, day in
            let undone = refunds.filter { $0.original == nil && $0.shopper == shopper && $0.day == day.key && !$0.isVoided }
            return sum + max(day.value.reduce(0) { $0 + $1.money } - undone.reduce(0) { $0 + $1.amount }, 0)
        }
    }

    /// What all predicates of one moment share.
    struct Facts {
        fileprivate let visits: [Int64: [Visit]]
        fileprivate let scores: [Int64: (r: Int, f: Int, m: Int)]
    }

    var facts: Facts {
        let visits = Dictionary(grouping: slips.compactMap(visit), by: \.shopper)
        return Facts(visits: visits, scores: scores(visits))
    }

    func members(_ predicate: Predicate, _ facts: Facts) -> [Int64] {
        persons.filter { holds(predicate, $0, facts.visits[$0] ?? [], facts.scores) }.sorted()
    }

    private func holds(
        _ predicate: Predicate, _ shopper: Int64, _ visits: [Visit], _ scores: [Int64: (r: Int, f: Int, m: Int)]
    ) -> Bool {
        switch predicate {
        case .all(let parts): parts.allSatisfy { holds($0, shopper, visits, scores) }
        case .any(let parts): parts.contains { holds($0, shopper, visits, scores) }
        case .not(let part): !holds(part, shopper, visits, scores)
        case .leaf(let criterion): holds(criterion, shopper, visits, scores)
        }
    }

    private func holds(
        _ criterion: Criterion, _ shopper: Int64, _ visits: [Visit], _ scores: [Int64: (r: Int, f: Int, m: Int)]
    ) -> Bool {
        let inWindow = visits.filter { $0.day > asOf - window && $0.day <= asOf }
        let (receipts, money) = (Int64(inWindow.count), spend(inWindow, of: shopper))
        switch criterion {
        case .stores(let ids, let least):
            return inWindow.filter { visit in ids.contains { $0.text == "s\(visit.store)" } }.count >= least
        case .averageCheck(let range):
            return receipts > 0 && range.gte.map { money >= $0 * receipts } ?? true
                && range.lt.map { money < $0 * receipts } ?? true
        case .purchaseFrequency(let range):
            return range.gte.map { receipts >= $0 } ?? true && range.lte.map { receipts <= $0 } ?? true
        case .spend(let range): return range.gte.map { money >= $0 } ?? true && range.lt.map { money < $0 } ?? true
        case .recencyDays(let range):
            guard let last = visits.map(\.day).filter({ $0 <= today }).max() else { return false }
            return range.gte.map { today - last >= $0 } ?? true && range.lte.map { today - last <= $0 } ?? true
        case .favouriteBrands(let ids, let top):
            return favourites(inWindow).prefix(Int(top)).contains { brand in ids.contains { $0.text == brand } }
        case .bought(let goods, let within, let least):
            return buys(goods, visits.filter { $0.day > today - Int(within) && $0.day <= today }) >= least
        case .traits(let several):
            let held = several.names.map { name in traits[name].map { buys($0.merchandise, inWindow) >= $0.minReceipts } ?? false
            }
            return several.quantifier == .all ? held.allSatisfy(\.self) : held.contains(true)
        case .tags(let several):
            let held = several.names.map { tags[$0.text]?.contains(shopper) ?? false }
            return several.quantifier == .all ? held.allSatisfy(\.self) : held.contains(true)
        case .rfmSegments(let segments):
            return scores[shopper].map { segments.contains(Self.segment($0.r, $0.f, $0.m)) } ?? false
        case .rfmScores(let least):
            guard let own = scores[shopper] else { return false }
            return own.r >= least.r ?? 1 && own.f >= least.f ?? 1 && own.m >= least.m ?? 1
        }
    }

    private func buys(_ goods: Merchandise, _ visits: [Visit]) -> Int {
        visits.filter { visit in visit.lines.contains { isAmong(goods, $0.product) } }.count
    }

    private func isAmong(_ goods: Merchandise, _ product: Int) -> Bool {
        switch goods {
        case .products(let ids): return ids.contains { $0.text == "p\(product)" }
        case .brands(let ids): return ids.contains { $0.text == products[product].brand }
        case .categories(let ids):
            var category = products[product].category
            while let name = category {
                if ids.contains(where: { $0.text == name }) { return true }
                category = parents[name]
            }
            return false
        }
    }

    private func favourites(_ visits: [Visit]) -> [String] {
        var (money, receipts) = ([String: Int64](), [String: Int]())
        for visit in visits {
            var seen: Set<String> = []
            for line in visit.lines {
                guard let brand = products[line.product].brand, let paid = line.money else { continue }
                money[brand, default: 0] += paid
                if seen.insert(brand).inserted { receipts[brand, default: 0] += 1 }
            }
        }
        return money.keys.filter { receipts[$0, default: 0] >= 2 }.sorted {
            money[$0] == money[$1] ? $0 < $1 : money[$0, default: 0] > money[$1, default: 0]
        }
    }

    private func scores(_ all: [Int64: [Visit]]) -> [Int64: (r: Int, f: Int, m: Int)] {
        let year = persons.compactMap { shopper -> (Int64, Int, Int, Int64)? in
            let visits = (all[shopper] ?? []).filter { $0.day > asOf - 365 && $0.day <= asOf }
            guard let last = visits.map(\.day).max() else { return nil }
            return (shopper, last, visits.count, spend(visits, of: shopper))
        }
        var scores: [Int64: (r: Int, f: Int, m: Int)] = [:]
        for own in year {
            let worse = (
                year.filter { $0.1 < own.1 }.count, year.filter { $0.2 < own.2 }.count, year.filter { $0.3 < own.3 }.count
            )
            let score = { (count: Int) in 1 + 5 * count / year.count }
            scores[own.0] = (score(worse.0), score(worse.1), score(worse.2))
        }
        return scores
    }

    /// DOMAIN 12, line by line.
    static func segment(_ r: Int, _ f: Int, _ m: Int) -> Segment {
        switch (r, (f + m + 1) / 2) {
        case (5, 5), (5, 4): .champions
        case (5, 3), (5, 2), (4, 3), (4, 2): .potentialLoyalist
        case (5, 1): .new
        case (4, 5), (4, 4), (3, 5), (3, 4): .loyal
        case (4, 1): .promising
        case (3, 3), (3, 2): .needsAttention
        case (3, 1), (2, 2), (2, 1), (1, 3): .hibernating
        case (2, 5), (2, 4), (2, 3), (1, 5), (1, 4): .atRisk
        default: .lost
        }
    }
}
