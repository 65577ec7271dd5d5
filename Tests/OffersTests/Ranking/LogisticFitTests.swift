import Glibc
import TestSupport
import Testing

@testable import Offers

/// The regression that moves a ranking's weights, against cases worked out by hand.
@Suite struct LogisticFitTests {
    /// One of four without the mark, three of four with it.
    private static let quarters: [LogisticFit.Row] = [
        (0, true), (0, false), (0, false), (0, false), (1, true), (1, true), (1, true), (1, false),
    ].map { LogisticFit.Row([$0.0], isPositive: $0.1) }

    @Test func `without a prior the odds of each group are its own`() throws {
        let found = try #require(LogisticFit(prior: [0], trust: 1_000_000).fit(Self.quarters))

        // log(1/3), and log 3 - log(1/3).
        #expect(abs(found.intercept + log(3)) < 1e-6)
        #expect(abs(found.weights[0] - 2 * log(3)) < 1e-6)
    }

    @Test func `a prior that is trusted wholly stays, and the level still goes where the rows are`() throws {
        let found = try #require(LogisticFit(prior: [5], trust: 0.000_1).fit(Self.quarters))

        #expect(abs(found.weights[0] - 5) < 0.001)
        let expected = Self.quarters.reduce(0) { $0 + 1 / (1 + exp(-found.logit($1.values))) }
        #expect(abs(expected - 4) < 1e-6)
    }

    @Test(arguments: [0.05, 0.3, 2.0]) func `the slope of the likelihood is held by the pull of the prior`(trust: Double) throws {
        let prior = [0.4]
        let found = try #require(LogisticFit(prior: prior, trust: trust).fit(Self.quarters))

        // The mark's standard deviation is 1/2: half of the rows have it.
        let slope = Self.quarters.reduce(0) { sum, row in
            sum + ((row.isPositive ? 1 : 0) - 1 / (1 + exp(-found.logit(row.values)))) * row.values[0]
        }
        #expect(abs(slope - 0.25 / (trust * trust) * (found.weights[0] - prior[0])) < 1e-6)
        #expect(found.weights[0] > prior[0] && found.weights[0] < 2 * log(3))
    }

    @Test func `a row counts as often as its weight says`() throws {
        let fit = LogisticFit(prior: [0.1], trust: 0.5)
        let once = Self.quarters.flatMap { row in Array(repeating: row, count: row.isPositive ? 1 : 3) }
        let weighted = Self.quarters.map { LogisticFit.Row($0.values, isPositive: $0.isPositive, weight: $0.isPositive ? 1 : 3) }

        let (left, right) = (try #require(fit.fit(once)), try #require(fit.fit(weighted)))

        #expect(abs(left.intercept - right.intercept) < 1e-9 && abs(left.weights[0] - right.weights[0]) < 1e-9)
    }

    @Test func `a weight that may not fall below zero is put to zero and the rest fitted without it`() throws {
        let turned = Self.quarters.map { LogisticFit.Row([1 - $0.values[0]], isPositive: $0.isPositive) }

        let found = try #require(LogisticFit(prior: [0], trust: 10, isNonNegative: [true]).fit(turned))

        #expect(found.weights == [0] && abs(found.intercept) < 1e-9)
    }

    @Test func `what is the same in all rows keeps its weight`() throws {
        let rows = Self.quarters.map { LogisticFit.Row($0.values + [7], isPositive: $0.isPositive) }

        let found = try #require(LogisticFit(prior: [0, 0.5], trust: 1_000).fit(rows))

        #expect(found.weights[1] == 0.5 && abs(found.intercept + 3.5 + log(3)) < 1e-4)
    }

    @Test(arguments: [true, false]) func `where all or none use it there is nothing to learn`(isPositive: Bool) {
        let rows = Self.quarters.map { LogisticFit.Row($0.values, isPositive: isPositive) }

        #expect(LogisticFit(prior: [0], trust: 1).fit(rows) == nil)
        #expect(LogisticFit(prior: [0], trust: 1).fit([]) == nil)
    }

    @Test func `rows that one mark parts wholly still give finite weights`() throws {
        let rows = (0..<40).map { LogisticFit.Row([Double($0)], isPositive: $0 >= 20) }

        let found = try #require(LogisticFit(prior: [0], trust: 10).fit(rows))

        #expect(found.weights[0].isFinite && found.weights[0] > 0 && found.intercept.isFinite)
    }

    @Test(arguments: 0..<5 as Range<UInt64>) func `weights that made the outcomes are found again`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let truth = LogisticFit.Weights(intercept: -1, weights: [0.8, -0.5])
        let rows = (0..<20_000).map { _ in
            let values = [Double.random(in: -2...2, using: &generator), Double.random(in: 0...3, using: &generator)]
            let probability = 1 / (1 + exp(-truth.logit(values)))
            return LogisticFit.Row(values, isPositive: Double.random(in: 0..<1, using: &generator) < probability)
        }

        let found = try #require(LogisticFit(prior: [0, 0], trust: 10).fit(rows))

        #expect(abs(found.intercept + 1) < 0.15 && abs(found.weights[0] - 0.8) < 0.1 && abs(found.weights[1] + 0.5) < 0.1)
    }
}
