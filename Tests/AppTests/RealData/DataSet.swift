import Glibc
import Kernel
import SystemPackage
import TestSupport
import Testing

/// The published sets of receipts that lie beside the checkout, where they do.
enum DataSet: String, CaseIterable, Sendable {
    case completeJourney = "complete-journey"
    case sortOfReal = "sort-of-real"
    case x5

    /// `../shared/data`; nil where it is missing.
    static let root: FilePath? = {
        let folder = TestDatabase.repositoryFolder.removingLastComponent().appending("shared").appending("data")
        return unsafe access(folder.string, R_OK) == 0 ? folder : nil
    }()

    static let missing: Comment = "the published data sets are not in ../shared/data, or TRADEWIND_PROGRAM is not set"
    static var arePresent: Bool { root != nil && BuiltProgram.path != nil }

    var folder: String {
        let name =
            switch self {
            case .completeJourney: "complete_journey"
            case .sortOfReal: "sort_of_real"
            case .x5: "x5_receipts"
            }
        return Self.root?.appending(name).string ?? ""
    }

    /// Its tables in the scratch database.
    var schema: String { "\(self)".lowercased() }

    var currency: String {
        switch self {
        case .completeJourney: "USD"
        case .sortOfReal: "GBP"
        case .x5: "RUB"
        }
    }

    var zone: String {
        switch self {
        case .completeJourney: "America/New_York"
        case .sortOfReal: "Europe/London"
        case .x5: "Europe/Moscow"
        }
    }

    /// The day of its last receipt.
    var lastDay: BusinessDay {
        switch self {
        case .completeJourney: BusinessDay("2017-12-31")!
        case .sortOfReal: BusinessDay("2008-07-06")!
        case .x5: BusinessDay("2019-03-14")!
        }
    }
}
