import DemoTown

/// Units of each product in its weeks at a discount against its own weeks without one, as Dominick's were measured.
struct MeasuredResponse {
    /// Upper bounds of the bands of depth, as the data's README cuts them.
    static let bands = [0.05, 0.1, 0.2, 0.3, 0.4, 0.6]

    private var unitsOfWeek: [Int64]
    private var normalUnits: [Int64]
    private var normalWeeks: [Int]
    private var weeksInBand: [[Int]]
    private var unitsInBand: [[Int64]]

    init(products: Int) {
        unitsOfWeek = Array(repeating: 0, count: products)
        normalUnits = unitsOfWeek
        normalWeeks = Array(repeating: 0, count: products)
        weeksInBand = Array(repeating: normalWeeks, count: Self.bands.count)
        unitsInBand = Array(repeating: unitsOfWeek, count: Self.bands.count)
    }

    mutating func add(_ line: TownLine) { unitsOfWeek[Int(line.product)] += line.quantityMilli }

    mutating func endWeek(_ products: [TownProduct], _ shelf: Shelf) {
        for product in products.indices {
            let regular = products[product].regularPriceMinor
            let depth = Double(regular - shelf.cardPriceMinor(of: product)) / Double(regular)
            if depth == 0 {
                normalUnits[product] += unitsOfWeek[product]
                normalWeeks[product] += 1
            } else if let band = Self.bands.firstIndex(where: { depth < $0 }) {
                unitsInBand[band][product] += unitsOfWeek[product]
                weeksInBand[band][product] += 1
            }
            unitsOfWeek[product] = 0
        }
    }

    func multiplier(of band: Int) -> Double {
        let expected = normalUnits.indices.reduce(0.0) { sum, product in
            sum + Double(normalUnits[product]) / Double(normalWeeks[product]) * Double(weeksInBand[band][product])
        }
        return Double(unitsInBand[band].reduce(0, +)) / expected
    }
}
