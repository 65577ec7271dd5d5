import Kernel
import Offers
package import SystemPackage

/// Measures the ranking of offers on published receipts (docs/ranking.md).
package struct EvaluateRanking {
    package static let ours = "ours"
    package static let prior = "prior"
    package static let logistic = "logistic"

    let folder: DataFolder
    let settings: RankingSettings

    package init(_ folder: FilePath, _ settings: RankingSettings) {
        self.folder = DataFolder(folder)
        self.settings = settings
    }

    /// One report for each set that the folder holds, or for itself where it is one.
    package func reports() throws -> [RankingReport] {
        let sets = try sets()
        var reports: [RankingReport] = []
        if let data = sets.journey { reports.append(try redemptions(data)) }
        if let data = sets.whole { reports.append(try purchases(data)) }
        return reports
    }

    func redemptions(_ data: DataFolder) throws -> RankingReport {
        let journey = try JourneyReader.read(data, part: settings.part)
        return try RedemptionEvaluation(JourneyHistory(journey, fittedBefore: settings.fittedBefore), settings).report()
    }

    func purchases(_ data: DataFolder) throws -> RankingReport {
        try PurchaseEvaluation(try WholeReceiptsReader.read(data, part: settings.part), settings).report()
    }

    func sets() throws -> (journey: DataFolder?, whole: DataFolder?) {
        let journey = set(JourneyReader.folder, by: JourneyReader.campaignsFile)
        let whole = set(WholeReceiptsReader.folder, by: WholeReceiptsReader.productsFile, without: JourneyReader.campaignsFile)
        guard journey != nil || whole != nil else {
            throw DataFault.noSet(
                folder: folder.name,
                looked: [
                    "\(JourneyReader.folder)/\(JourneyReader.campaignsFile)",
                    "\(WholeReceiptsReader.folder)/\(WholeReceiptsReader.productsFile)",
                ])
        }
        return (journey, whole)
    }

    /// A folder of the name, or this folder where it has the set's file itself.
    private func set(_ name: String, by file: String, without other: String? = nil) -> DataFolder? {
        if folder.folder(name).holds(file) { return folder.folder(name) }
        return folder.holds(file) && !(other.map(folder.holds) ?? false) ? folder : nil
    }
}
