import App
import ArgumentParser
import JSONText
import Kernel
import RankingEvaluation

/// Measures what the program decides on published data. No database is needed.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure decisions on published receipts.", subcommands: [Ranking.self])

    /// How well the score of offers tells who uses them (docs/ranking.md).
    struct Ranking: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ranking", abstract: "Who redeems, how many, and who buys next, against simple scores.",
            discussion: """
                The folder holds `complete_journey`, `sort_of_real` or both, or is one of them: gzip CSV files under `common` \
                and one folder of households. Scores use what was known before a campaign starts and nothing else.
                """)

        @Option(help: "The folder of the sets.")
        var data: String

        @Option(help: "The folder of the households within a set.")
        var households = RankingSettings().part

        @Option(help: "Fit to campaigns that start before this day, test on later ones.")
        var fittedBefore = "\(RankingSettings().fittedBefore)"

        @Option(help: "Leave out campaigns with fewer redeemers.")
        var campaignRedeemers = RankingSettings().campaignRedeemersMin

        @Option(help: "Leave out manufacturers of a campaign with fewer redeemers.")
        var manufacturerRedeemers = RankingSettings().manufacturerRedeemersMin

        @Option(help: "How many products of the dense receipts are asked about.")
        var products = RankingSettings().productsMax

        @Option(help: "Draws of the bootstrap.")
        var draws = RankingSettings().draws

        @Flag(help: "One line of JSON for each set.")
        var json = false

        @Flag(help: "Fit the prior anew and print its tables; needs both sets.")
        var fit = false

        func validate() throws {
            guard BusinessDay(fittedBefore) != nil else { throw ValidationError("--fitted-before is not a day") }
            guard (1...1_000_000).contains(campaignRedeemers), (1...1_000_000).contains(manufacturerRedeemers) else {
                throw ValidationError("--campaign-redeemers and --manufacturer-redeemers must be 1 to 1000000")
            }
            guard (1...100_000).contains(products) else { throw ValidationError("--products must be 1 to 100000") }
            guard (2...100_000).contains(draws) else { throw ValidationError("--draws must be 2 to 100000") }
            guard !households.isEmpty, !households.contains("/") else {
                throw ValidationError("--households is the name of a folder")
            }
        }

        func run() async throws {
            let evaluation = EvaluateRanking(WorkingFolder.absolute(data), settings)
            if fit { return StandardOutput.print(try evaluation.fittedPrior().text) }
            for report in try evaluation.reports() {
                StandardOutput.print(json ? String(decoding: report.jsonBytes, as: UTF8.self) : report.text + "\n")
            }
        }

        private var settings: RankingSettings {
            var settings = RankingSettings()
            settings.part = households
            if let day = BusinessDay(fittedBefore) { settings.fittedBefore = day }
            (settings.campaignRedeemersMin, settings.manufacturerRedeemersMin) = (campaignRedeemers, manufacturerRedeemers)
            (settings.productsMax, settings.draws) = (products, draws)
            return settings
        }
    }
}
