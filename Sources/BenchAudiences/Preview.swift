import AudienceIndex

/// What a preview shows beside the count: how each criterion bites, spend and receipts, the spread over stores, checks and
/// frequency, overlap with another audience, and current, lapsed and new buyers of chosen products.
struct Preview {
    private let town: Town
    private let overlap: Question
    private let spreads: [Spread]

    private static let checkBounds: [Int64] = [10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 300].map { $0 * 1000 }
    private static let frequencyBounds: [Int64] = [1, 2, 3, 5, 8, 13, 20, 30, 50]

    init(_ town: Town, overlap: Question) {
        self.town = town
        self.overlap = overlap
        spreads = [
            Spread(of: town.averageCheck, at: Self.checkBounds), Spread(of: town.receipts, at: Self.frequencyBounds),
        ]
    }

    func survey(_ question: Question, _ population: Population) -> Survey {
        let (recent, year) = (town.bought(products: [300, 301], days: 90), town.bought(products: [300, 301], days: 365))
        return Survey(
            question, of: population, insides: [overlap, recent, .all([year, .not(recent)]), .not(year)], spreads: spreads,
            shares: town.storeMembers, sums: [town.spend], numberSums: [town.receipts])
    }
}
