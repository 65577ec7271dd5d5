import AudienceIndex

/// The questions of the benchmark, from selective to dense. `bin/lib/bench_audiences.py` asks the same in SQL.
struct Case {
    enum Kind: String { case selective, middle, dense }

    let name: String
    let kind: Kind
    let question: Question
    /// Ranges over 16-bit columns: what must be read at least.
    var ranges = 0

    static func all(of town: Town) -> [Case] { selective(town) + middle(town) + dense(town) }

    private static func selective(_ town: Town) -> [Case] {
        [
            Case(name: "five_criteria", kind: .selective, question: .all(fiveCriteria(town, store: 17, brand: 4))),
            Case(
                name: "rare_product", kind: .selective,
                question: .all([
                    town.bought(products: [4000, 4001, 4002], days: 30), town.recency(0...14),
                    town.averageCheck(60_000, 200_000),
                ])),
            Case(
                name: "tagged_champions", kind: .selective,
                question: .all([
                    .any([town.tag(5), town.tag(6)]), town.scores(r: 5, f: 4, m: 4), town.frequency(10...600),
                    .not(town.trait(0)),
                ])),
            Case(
                name: "lapsed_buyers", kind: .selective,
                question: .all([
                    .any([town.store(200), town.store(201), town.store(202)]), town.bought(category: 60, days: 365),
                    .not(town.bought(category: 60, days: 90)), town.spend(500_000, 3_000_000),
                ])),
        ]
    }

    static func fiveCriteria(_ town: Town, store: Int, brand: Int) -> [Question] {
        [
            .any([town.store(store), town.store((store + 1) % Town.stores)]), town.favourite(brand, top: 3),
            town.averageCheck(50_000, 120_000), town.frequency(4...600),
            town.trait(1),
        ]
    }

    private static func middle(_ town: Town) -> [Case] {
        [
            Case(
                name: "nested", kind: .middle,
                question: .any([
                    .all([town.trait(2), town.averageCheck(40_000, 90_000)]),
                    .all([town.favourite(10, top: 3), .not(.any([town.tag(0), town.recency(31...90)]))]),
                ])),
            Case(
                name: "regular_visitors", kind: .middle,
                question: .all([
                    .leaf(.total(Array(town.visits[100..<140]), atLeast: 3)), town.bought(category: 20, days: 90),
                ])),
        ]
    }

    private static func dense(_ town: Town) -> [Case] {
        [
            Case(
                name: "two_ranges", kind: .dense,
                question: .all([town.averageCheck(55_000, 95_000), town.frequency(5...20)]), ranges: 2),
            Case(
                name: "three_ranges", kind: .dense,
                question: .all([
                    town.averageCheck(30_000, 150_000), town.frequency(2...60), town.spend(100_000, 5_000_000),
                ]), ranges: 3),
            Case(
                name: "everyday", kind: .dense,
                question: .all([town.recency(0...30), .not(town.tag(0)), town.scores(r: 2, f: 1, m: 2)]), ranges: 1),
            Case(
                name: "either_category", kind: .dense,
                question: .all([
                    .any([town.bought(category: 0, days: 90), town.bought(category: 1, days: 90)]), town.frequency(3...600),
                ]), ranges: 1),
        ]
    }
}

extension Town {
    func store(_ number: Int) -> Question { .leaf(.members(storeMembers[number])) }
    func trait(_ number: Int) -> Question { .leaf(.members(traitMembers[number])) }
    func tag(_ number: Int) -> Question { .leaf(.members(tagMembers[number])) }
    func favourite(_ brand: Int, top: UInt16) -> Question { .leaf(.valued([favourites[brand]], 1...top)) }
    func averageCheck(_ gte: Int64, _ lt: Int64) -> Question { .leaf(.amount(averageCheck, gte...(lt - 1))) }
    func spend(_ gte: Int64, _ lt: Int64) -> Question { .leaf(.amount(spend, gte...(lt - 1))) }
    func frequency(_ range: ClosedRange<UInt16>) -> Question { .leaf(.number(receipts, range)) }

    func recency(_ days: ClosedRange<Int>) -> Question {
        .leaf(.number(lastDay, UInt16(Town.today - days.upperBound)...UInt16(Town.today - days.lowerBound)))
    }

    func bought(category: Int, days: Int) -> Question {
        if let members = boughtWithin[category][days] { return .leaf(.members(members)) }
        return .leaf(.valued([boughtCategories[category]], Town.days(days)))
    }

    func bought(products: [Int], days: Int) -> Question {
        .leaf(.valued(products.map { boughtProducts[$0] }, Town.days(days)))
    }

    func scores(r: Int, f: Int, m: Int) -> Question {
        .all(
            [(recencyScores, r), (frequencyScores, f), (moneyScores, m)].compactMap { sets, least in
                least > 1 ? .leaf(.members(sets[least - 2])) : nil
            })
    }
}
