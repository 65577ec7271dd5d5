import Campaigns
import Kernel
import Parties
import Postgres
import Tenancy

/// Quotes of 100 lines where 200 campaigns run: each has ten of a thousand products, every product is in two campaigns, and
/// each tenth campaign gives three for the price of two. Drawn from their number alone.
struct BenchQuotes: Sendable {
    static let lines = 100
    static let campaigns = 200
    static let products = 1_000

    let town: BenchTown
    /// Sets the baskets of one run apart from those of another.
    let run: String
    let holds: Bool

    /// The whole of a POST.
    func request(_ index: Int) -> String {
        let body = json(index)
        return "POST /v1/retailers/\(town.retailer)/quotes HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Authorization: Bearer \(town.till.text)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func json(_ index: Int) -> String {
        var text =
            "{\"store_id\":\"s\(1 + index % BenchTown.stores)\",\"basket_id\":\"\(run)-\(index)\","
            + "\"shopper_id\":\"card-\(1 + BenchBasket.mixed(index, 2) % town.shoppers)\",\"hold\":\(holds),\"lines\":["
        for line in 1...Self.lines {
            let pieces = 1 + BenchBasket.mixed(index, line + 2_000) % 3
            let price = BenchTown.priceMinor * Int64(pieces)
            text +=
                (line == 1 ? "" : ",") + "{\"line_no\":\(line),"
                + "\"product_id\":\"p\(1 + BenchBasket.mixed(index, line + 10) % Self.products)\","
                + "\"quantity_milli\":\(pieces * 1_000),\"regular_amount\":\(price),\"base_amount\":\(price)}"
        }
        return text + "]}"
    }
}

extension BenchTown {
    /// Gives the campaigns of a town the products that `BenchQuotes` asks for, and every tenth three for two.
    func spread(on database: Database) async throws {
        let (retailer, supplier, campaigns) = (retailer, supplier, campaigns)
        try await database.transaction(as: .retailer(retailer)) { tx in
            try tx.pipeline([
                """
                INSERT INTO campaign_product (
                    retailer_id, campaign_id, supplier_id, version, product_id, product_ordinal, recorded_base_amount,
                    discount_max_per_unit
                )
                SELECT \(retailer), campaign_id, \(supplier), 1, 'p' || product.n, product.n, \(Self.priceMinor), 5000
                FROM unnest(\(campaigns)) WITH ORDINALITY AS campaign (campaign_id, n)
                JOIN generate_series(1, \(Int32(BenchQuotes.products))) AS product (n)
                    ON product.n % \(Int64(campaigns.count)) = campaign.n % \(Int64(campaigns.count))
                        OR product.n * 7 % \(Int64(campaigns.count)) = campaign.n % \(Int64(campaigns.count))
                ON CONFLICT DO NOTHING
                """,
                """
                UPDATE campaign_version
                SET reward = CASE WHEN campaign.n % 10 = 0 THEN '{"type": "n_for_m", "take": 3, "pay_for": 2}'::jsonb
                    ELSE jsonb_build_object('type', 'percent_off', 'basis_points', 1000 + campaign.n) END
                FROM unnest(\(campaigns)) WITH ORDINALITY AS campaign (campaign_id, n)
                WHERE campaign_version.retailer_id = \(retailer) AND campaign_version.campaign_id = campaign.campaign_id
                """,
            ])
        }
    }
}
