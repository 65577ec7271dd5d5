import AudienceIndex

/// bench-audiences refusals: times what is refused.
/// bench-audiences SHOPPERS [FOLDER]: the same, draws a town, times the questions, and where a folder is given writes the town there
/// for other engines, with our counts.
@main
struct BenchAudiences {
    static let runs = 9
    static let workers = 2

    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.dropFirst() == ["refusals"] { return Refusals.report() }
        let shoppers = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 10_000_000
        guard shoppers > 0 else { return print("usage: bench-audiences SHOPPERS [FOLDER]") }
        let started = ContinuousClock.now
        let town = Town(count: shoppers, seed: 4)
        print("drew \(shoppers) shoppers in \(Int(Times.millis(since: started)) / 1000) s")
        let crew = Crew(workers: workers)
        let population = Population(count: shoppers, base: .everyone(shoppers), crew)
        reportMemory(town)
        let floor = reportFloor(town, crew)
        let answers = reportCounts(town, population, floor)
        reportSurveys(town, population)
        Refusals.report()
        let copy = try CopyBench(path: "/tmp/bench-audiences.index").run(town)
        print(
            "\ncopy on disk, without bought products: written in \(digits(copy.write)) ms, loaded in \(digits(copy.load)) ms "
                + "(goal 3000), \(copy.bytes >> 20) MiB in memory")
        if arguments.count > 2 { try Export(folder: arguments[2]).write(town, answers) }
    }

    private static func reportMemory(_ town: Town) {
        print("\nmemory, bytes a shopper")
        for (part, bytes) in town.memory { print("  \(padded(part, 56))\(digits(Double(bytes) / Double(town.count)))") }
        let all = town.memory.reduce(0) { $0 + $1.bytes }
        print("  \(padded("all of these (goal 100)", 56))\(digits(Double(all) / Double(town.count)))")
        let products = town.boughtProducts
        print(
            "  \(padded("bought products, a pair (goal 4), \(products.pairs) pairs", 56))"
                + digits(Double(products.bytes) / Double(max(1, products.pairs))))
    }

    /// The time to read one column of two bytes a shopper once, by both cores.
    private static func reportFloor(_ town: Town, _ crew: Crew) -> Double {
        let columns = [town.receipts, town.averageCheck.codes, town.spend.codes, town.lastDay]
        let times = Times(runs) { for column in columns { _ = column.readOnce(crew) } }
        let one = times.median / Double(columns.count)
        print("\nfloor: one column read in \(digits(one)) ms, \(digits(Double(town.count) * 2 / one / 1e6)) GB/s")
        return one
    }

    private static func reportCounts(_ town: Town, _ population: Population, _ floor: Double) -> [Answer] {
        print("\n\(padded("question", 20))\(padded("kind", 12))\(padded("shoppers", 12))median ms (min, max)   of the floor")
        return Case.all(of: town).map { item in
            var count = 0
            let times = Times(runs) { count = population.count(of: population.plan(item.question)) }
            let share = item.ranges > 0 ? digits(times.median / (floor * Double(item.ranges))) : "-"
            print(
                "\(padded(item.name, 20))\(padded(item.kind.rawValue, 12))\(padded("\(count)", 12))"
                    + "\(digits(times.median)) (\(digits(times.millis[0])), \(digits(times.millis[runs - 1])))   \(share)")
            return Answer(name: item.name, kind: item.kind.rawValue, count: count, millis: times.median)
        }
    }

    private static func reportSurveys(_ town: Town, _ population: Population) {
        var draws = Draws(seed: 9)
        let preview = Preview(town, overlap: .all(Case.fiveCriteria(town, store: 17, brand: 4)))
        for (name, isDense) in [("selective", false), ("dense", true)] {
            var times: [Double] = []
            for _ in 0..<300 {
                let question = isDense ? denseFive(town, &draws) : selectiveFive(town, &draws)
                let started = ContinuousClock.now
                _ = population.survey(preview.survey(question, population))
                times.append(Times.millis(since: started))
            }
            let all = Times(times)
            print(
                "preview with all breakdowns, five criteria, \(name): median \(digits(all.median)) ms, "
                    + "p99 \(digits(all.percentile(0.99))) ms, longest \(digits(all.millis[299])) ms (goal: p99 under 100)")
        }
    }

    private static func selectiveFive(_ town: Town, _ draws: inout Draws) -> Question {
        .all(Case.fiveCriteria(town, store: draws.below(Town.stores), brand: draws.popular(Town.brands)))
    }

    private static func denseFive(_ town: Town, _ draws: inout Draws) -> Question {
        let low = Int64(20_000 + draws.below(40_000))
        return .all([
            town.averageCheck(low, low * 3), town.frequency(UInt16(2 + draws.below(4))...60),
            town.recency(0...(20 + draws.below(60))),
            town.spend(150_000, 6_000_000), .not(town.tag(1 + draws.below(5))),
        ])
    }
}

struct Answer {
    let name: String
    let kind: String
    let count: Int
    let millis: Double
}
