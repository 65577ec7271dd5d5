import AudienceIndex
import TestSupport
import Testing

@Suite struct SurveyTests {
    @Test(arguments: [31] as [UInt64])
    func `spreads, shares and sums are those of the members one by one`(seed: UInt64) {
        let crew = Crew(workers: 2)
        defer { crew.close() }
        var random = SeededGenerator(seed: seed)
        let count = 70_000
        let (amounts, numbers) = (AmountColumn(count: count), NumberColumn(count: count))
        var (plainAmounts, plainNumbers) = ([Int64?](), [UInt16]())
        for ordinal in 0..<count {
            let amount: Int64? = Bool.random(using: &random) ? Int64.random(in: 0...9_000_000_000, using: &random) : nil
            plainAmounts.append(amount)
            plainNumbers.append(UInt16.random(in: 0...60, using: &random))
            amounts[ordinal] = amount
            numbers[ordinal] = plainNumbers[ordinal]
        }
        let some = OrdinalSet((0..<UInt32(count)).filter { _ in Int.random(in: 0..<9, using: &random) == 0 })
        let population = Population(count: count, base: .everyone(count), crew)
        let bounds: [Int64] = [1, 5_000, 1_000_001, 3_000_000_000]
        let survey = Survey(
            .leaf(.number(numbers, 10...40)), of: population,
            spreads: [Spread(of: amounts, at: bounds), Spread(of: numbers, at: [11, 20, 39])], shares: [some],
            sums: [amounts], numberSums: [numbers])

        let result = population.survey(survey)

        let members = (0..<count).filter { (10...40).contains(plainNumbers[$0]) }
        let steps = { (bounds: [Int64], values: [Int64]) in
            (0...bounds.count).map { step in
                values.count { ($0 >= (step == 0 ? 0 : bounds[step - 1])) && (step == bounds.count || $0 < bounds[step]) }
            }
        }
        #expect(result.count == members.count, "seed \(seed)")
        #expect(result.spreads[0] == steps(bounds, members.compactMap { plainAmounts[$0] }), "seed \(seed)")
        #expect(result.spreads[1] == steps([11, 20, 39], members.map { Int64(plainNumbers[$0]) }), "seed \(seed)")
        #expect(result.shares == [members.count { some.contains(UInt32($0)) }], "seed \(seed)")
        #expect(result.sums == [members.reduce(0) { $0 + (plainAmounts[$1] ?? 0) }], "seed \(seed)")
        #expect(result.numberSums == [members.reduce(0) { $0 + Int64(plainNumbers[$1]) }], "seed \(seed)")
    }

    /// A chunk of the audience has three members, a list of them, a mask, or all.
    @Test(arguments: [20_000, 700, 5, 1] as [UInt32])
    func `shares of an audience are those of the members one by one, whatever its size`(step: UInt32) {
        let crew = Crew(workers: 2)
        defer { crew.close() }
        let everyone = 0..<UInt32(131_072)
        let population = Population(count: everyone.count, base: .everyone(everyone.count), crew)
        let audience = everyone.filter { $0 % step == 0 }
        let sets = [1, 3, 1_000, 100_000].map { (each: UInt32) in everyone.filter { $0 % each == 0 } } + [[]]

        let survey = Survey(.leaf(.members(OrdinalSet(audience))), of: population, shares: sets.map(OrdinalSet.init))

        #expect(population.survey(survey).shares == sets.map { set in Set(audience).intersection(set).count })
    }

    @Test func `an explanation asks each part about those whom the parts before it kept`() {
        let crew = Crew(workers: 2)
        defer { crew.close() }
        let count = 200_000
        let population = Population(count: count, base: .everyone(count), crew)
        let (half, rare) = (OrdinalSet((0..<100_000).map { $0 }), OrdinalSet((0..<2_000).map { $0 * 100 }))

        let steps = population.explain([("half", .leaf(.members(half))), ("rare", .leaf(.members(rare)))])

        #expect(steps.map(\.name) == ["rare", "half"])
        #expect(steps.map(\.asked) == [200_000, 2_000])
        #expect(steps.map(\.kept) == [2_000, 1_000])
    }

    @Test func `a number that changes is counted at its new value`() {
        let crew = Crew(workers: 1)
        defer { crew.close() }
        let (amounts, numbers) = (AmountColumn(count: 300), NumberColumn(count: 300))
        let average = AmountColumn(quotientOf: amounts, by: numbers)
        let population = Population(count: 300, base: .everyone(300), crew)
        let dear = population.plan(.leaf(.amount(average, 500...Int64.max)))
        #expect(population.count(of: dear) == 0)

        amounts[299] = 10_000_000_000
        numbers[299] = 20
        average.refreshQuotient(at: 299)

        #expect(population.members(of: dear) == [299])
        #expect(average[299] == 500_000_000)
    }

    @Test func `sets and columns give back what they were made of`() {
        let ordinals = (0..<UInt32(200_000)).filter { $0 % 3 == 0 || (65_536..<131_072).contains($0) }
        let valued = ValuedSet(ordinals, values: ordinals.map { UInt16($0 % 1000) })
        #expect(OrdinalSet(ordinals).ordinals == ordinals)
        #expect(valued.ordinals == ordinals)
        #expect(valued.allValues == ordinals.map { UInt16($0 % 1000) })
        #expect(OrdinalSet([]).ordinals == [])
    }
}
