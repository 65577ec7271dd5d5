import Kernel
import Parties

/// Receipts for a town, drawn from their number alone: ten lines, the first with the discount of its campaign.
struct BenchBasket: Sendable {
    static let lines = 10

    let town: BenchTown
    /// Sets the numbers of one run apart from those of another.
    let run: String
    let soldAt: Instant
    /// All of one campaign, or of all alike.
    let isHot: Bool

    func campaign(of index: Int) -> Int { isHot ? 0 : Self.mixed(index, 1) % town.campaigns.count }

    func shopper(of index: Int) -> Int { 1 + Self.mixed(index, 2) % town.shoppers }

    func store(of index: Int) -> Int { 1 + index % BenchTown.stores }

    func product(of index: Int, line: Int) -> Int {
        line == 1 ? campaign(of: index) + 1 : 1 + Self.mixed(index, line + 10) % BenchTown.products
    }

    /// The whole of a POST.
    func request(_ index: Int) -> String {
        let body = json(index)
        return "POST /v1/retailers/\(town.retailer)/receipts HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Authorization: Bearer \(town.till.text)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// The body of a POST.
    func json(_ index: Int) -> String {
        let price = BenchTown.priceMinor
        var text =
            "{\"store_id\":\"s\(store(of: index))\",\"till\":\"1\",\"business_day\":\"\(soldAt.utcDay)\",\"number\":\"\(run)-\(index)\","
            + "\"kind\":\"sale\",\"sold_at\":\"\(soldAt)\",\"shopper_id\":\"card-\(shopper(of: index))\",\"lines\":["
        for line in 1...Self.lines {
            let paid = line == 1 ? price - BenchTown.discountMinor : price
            text +=
                (line == 1 ? "" : ",") + "{\"line_no\":\(line),\"product_id\":\"p\(product(of: index, line: line))\","
                + "\"quantity_milli\":1000,\"unit\":\"piece\",\"regular_amount\":\(price),\"base_amount\":\(price),"
                + "\"paid_amount\":\(paid),\"vat_rate_bp\":1000"
            if line == 1 {
                text +=
                    ",\"discounts\":[{\"campaign_id\":\"\(town.campaigns[campaign(of: index)])\","
                    + "\"amount\":\(BenchTown.discountMinor)}]"
            }
            text += "}"
        }
        return text + "]}"
    }

    static func mixed(_ index: Int, _ salt: Int) -> Int {
        var value = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(salt) &* 0xBF58_476D_1CE4_E5B9
        value ^= value >> 31
        value &*= 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 29) >> 1)
    }
}
