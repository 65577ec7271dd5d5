import Compression
import Foundation
import Kernel
import SystemPackage

/// A data set of a few lines in a folder of its own, as gzip CSV.
struct SetFolder {
    var files: [String: [String]]

    /// Writes it, runs the body, and removes it.
    func written<Value>(_ body: (FilePath) throws -> Value) throws -> Value {
        let folder = FilePath("/tmp/tradewind-set-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        for (name, lines) in files {
            let file = folder.appending(name)
            try FileManager.default.createDirectory(
                atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
            let text = lines.map { $0 + "\n" }.joined()
            let bytes = name.hasSuffix(".gz") ? Gzip.compress(Array(text.utf8)) : Array(text.utf8)
            try Data(bytes).write(to: URL(fileURLWithPath: file.string))
        }
        return try body(folder)
    }
}

extension SetFolder {
    /// A panel with an early and a late campaign, sent to all of `households`. Every fourth household buys the couponed product
    /// often and redeems; another manufacturer's coupon nobody uses.
    static func journey(households count: Int = 80) -> SetFolder {
        let households = (1...count).map { "h\($0)" }
        let keen = households.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
        let sendings = ["1", "2"].flatMap { campaign in households.map { "\(campaign),\($0)" } }
        let spends = ["1", "2"].flatMap { campaign in
            households.enumerated().map { "\(campaign),\($0.element),\($0.offset).5" }
        }
        return SetFolder(files: [
            "common/campaigns.csv.gz": [
                "campaign_id,campaign_type,start_date,end_date", "1,Type B,2017-04-03,2017-05-07",
                "2,Type B,2017-10-04,2017-11-05",
            ],
            "common/products.csv.gz": [
                "product_id,manufacturer_id,product_category", "p1,m1,TEA", "p2,m1,TEA", "p3,m2,MILK", "p4,69,TEA",
            ],
            "common/coupons.csv.gz": [
                "campaign_id,coupon_upc,product_id", "1,c1,p1", "1,c2,p3", "2,c1,p1", "2,c1,p2", "2,c2,p3",
            ],
            "dev/campaign_households.csv.gz": ["campaign_id,household_id"] + sendings,
            "dev/household_campaign_spend.csv.gz": ["campaign_id,household_id,spend_28d_before"] + spends,
            "dev/receipt_lines.csv.gz": [receiptColumns] + receipts(households, keen: Set(keen)),
            "dev/redemptions.csv.gz": ["household_id,coupon_upc,campaign_id,redemption_date"]
                + keen.enumerated().filter { $0.offset % 5 != 4 }.flatMap { redeemer in
                    ["\(redeemer.element),c1,1,2017-04-10", "\(redeemer.element),c1,2,2017-10-09"]
                },
        ])
    }

    static let receiptColumns =
        "household_id,store_id,basket_id,timestamp,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc"

    private static func receipts(_ households: [String], keen: Set<String>) -> [String] {
        let days = ["2017-01-02", "2017-02-20", "2017-03-20", "2017-06-01", "2017-09-12", "2017-12-30"]
        return households.enumerated().flatMap { place, household in
            days.enumerated().map { visit, day in
                let product = keen.contains(household) ? "p1" : ["p2", "p3", "p4"][(place + visit) % 3]
                return "\(household),s1,\(household)-\(visit),\(day)T10:00:00-05:00,\(product),1,2.5,\(visit % 2).0,0.0,0.0"
            }
        }
    }

    /// Card holders with weekly receipts over a year; every fifth buys the same product each time.
    static func wholeReceipts(households count: Int = 60) -> SetFolder {
        var (receipts, lines) = (["basket_id,household_id,timestamp"], ["basket_id,product_id,sales_value"])
        for household in 0..<count {
            for week in 0..<40 where (household + week) % 3 != 0 {
                let day = 17_000 + week * 7 + household % 7
                receipts.append("b\(household)-\(week),h\(household),\(BusinessDay(daysSince1970: Int32(day)))T10:00:00")
                lines.append("b\(household)-\(week),p\(household % 5),1.25")
                if (household + week) % 16 == 0 { lines.append("b\(household)-\(week),p\(week % 5),0.5") }
            }
        }
        return SetFolder(files: [
            "common/products.csv.gz": ["product_id,category_10"] + (0..<5).map { "p\($0),C\($0 / 2)" },
            "dev/receipts.csv.gz": receipts, "dev/receipt_lines.csv.gz": lines,
        ])
    }
}
