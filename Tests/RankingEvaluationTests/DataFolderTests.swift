import Compression
import SystemPackage
import Testing

@testable import RankingEvaluation

/// Folders that cannot be evaluated say which file it is, and where in it.
@Suite struct DataFolderTests {
    private static func fault(in set: SetFolder) throws -> String {
        try set.written { folder in
            do {
                let reports = try EvaluateRanking(folder, RankingSettings()).reports()
                return "\(reports.count) reports"
            } catch let fault as DataFault {
                return fault.description.replacing(folder.string + "/", with: "")
            }
        }
    }

    @Test(arguments: [
        "dev/redemptions.csv.gz", "dev/campaign_households.csv.gz", "dev/household_campaign_spend.csv.gz",
        "dev/receipt_lines.csv.gz", "common/coupons.csv.gz", "common/products.csv.gz",
    ])
    func `a file that is missing is named`(file: String) throws {
        var set = SetFolder.journey()
        set.files[file] = nil

        #expect(try Self.fault(in: set) == "\(file): No such file or directory")
    }

    @Test func `a column that is missing is named with those that are there`() throws {
        var set = SetFolder.journey()
        set.files["dev/redemptions.csv.gz"] = ["household_id,coupon,campaign_id,redemption_date", "h1,c1,1,2017-04-10"]

        #expect(
            try Self.fault(in: set)
                == "dev/redemptions.csv.gz has no column coupon_upc; it has household_id, coupon, campaign_id, redemption_date")
    }

    @Test(arguments: [
        ("common/campaigns.csv.gz", "3,Type B,2017-13-03,2017-05-07", "line 4: start_date cannot be \"2017-13-03\""),
        ("common/coupons.csv.gz", "9,c1,p1", "line 7: campaign_id cannot be \"9\""),
        ("dev/redemptions.csv.gz", "h1,c1,,2017-04-10", "campaign_id cannot be \"\""),
        ("dev/receipt_lines.csv.gz", "h1,s1,b,2017-01-02T10:00:00,p1,1,2.x,0,0,0", "sales_value cannot be \"2.x\""),
        ("dev/receipt_lines.csv.gz", "h1,s1,b,yesterday,p1,1,2.0,0,0,0", "timestamp cannot be \"yesterday\""),
        ("dev/receipt_lines.csv.gz", ",s1,b,2017-01-02,p1,1,2.0,0,0,0", "household_id cannot be \"\""),
        ("dev/household_campaign_spend.csv.gz", "1,h1", "the row cannot be read"),
    ])
    func `a value that cannot be is named with its line`(file: String, row: String, saying: String) throws {
        var set = SetFolder.journey()
        set.files[file, default: []].append(row)

        let fault = try Self.fault(in: set)

        #expect(fault.hasPrefix("\(file), line ") && fault.hasSuffix(saying), "\(fault)")
    }

    @Test func `a line of no receipt is named`() throws {
        var set = SetFolder.wholeReceipts()
        set.files["dev/receipt_lines.csv.gz", default: []].append("b-none,p1,1.0")

        #expect(try Self.fault(in: set).hasSuffix("basket_id cannot be \"b-none\""))
    }

    @Test func `a file without a header, an empty one and one that is no gzip are told apart`() throws {
        let file = "dev/redemptions.csv.gz"
        var (nameless, empty) = (SetFolder.journey(), SetFolder.journey())
        nameless.files[file] = ["household_id,,campaign_id,redemption_date"]
        empty.files[file] = []

        #expect(try Self.fault(in: nameless) == "\(file): the first line does not name its columns")
        #expect(try Self.fault(in: empty) == "\(file): the first line does not name its columns")
        try SetFolder.journey().written { folder in
            let path = folder.appending(file)
            try FileDescriptor.open(path, .writeOnly, options: .truncate).closeAfterWriting("household_id")
            #expect(throws: DataFault.badGzip(file: path.string, .corrupt)) {
                try EvaluateRanking(folder, RankingSettings()).reports()
            }
        }
    }

    @Test func `a folder that holds no set says what was looked for`() throws {
        let fault = try Self.fault(in: SetFolder(files: ["common/other.csv.gz": ["a"]]))

        #expect(fault.contains("holds none of the sets that can be evaluated"))
        #expect(
            fault.contains("complete_journey/common/campaigns.csv.gz") && fault.contains("sort_of_real/common/products.csv.gz"))
    }

    @Test func `a panel in which nobody redeemed early has nothing to learn from`() throws {
        var set = SetFolder.journey()
        set.files["dev/redemptions.csv.gz"] = ["household_id,coupon_upc,campaign_id,redemption_date"]

        #expect(
            try Self.fault(in: set).hasPrefix(
                "dev/redemptions.csv.gz has no redemption of a campaign that starts before 2017-09-01"))
    }

    @Test func `decimals are read as whole hundredths`() throws {
        let set = SetFolder(files: ["t.csv.gz": ["v", "2.0", "178.69", "-0.5", "3", "0.999"]])
        try set.written { folder in
            var read: [Int64] = []
            try DataFolder(folder).read("t.csv.gz", columns: ["v"]) { read.append(try $0.hundredths(0)) }
            #expect(read == [200, 17_869, -50, 300, 99])
        }
    }
}

extension FileDescriptor {
    fileprivate func closeAfterWriting(_ text: String) throws { try closeAfter { _ = try writeAll(text.utf8) } }
}
