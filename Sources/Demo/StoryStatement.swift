import Kernel

extension Story {
    /// The retailer's treasurer seals what was posted so far; both sides read the same figures.
    func readStatement() async throws {
        let open = try await client.get("\(path)/statements?state=open&wallet_id=\(parties.wallet)", as: keys.treasurer)
        guard let id = try open.elements("data").first?.text("id") else { throw DemoFault.missing("data.id", open.bodyText) }
        let one = "\(path)/statements/\(id)"
        _ = try await client.post("\(one)/seal", as: keys.treasurer, once: "demo-seal")
        let statement = try await client.get(one, as: keys.supplierTreasurer)
        let lines = try await client.get("\(one)/lines?limit=1000", as: keys.supplierTreasurer).elements("data").count
        func amount(_ name: String) throws -> String { rubles(try statement.integer(name, "amount")) }
        narrator.tell(
            "The statement, \(try statement.text("state"))", on: dates.today,
            "opening balance \(try amount("opening_balance"))",
            "+ top-ups \(try amount("top_ups"))",
            "- redemptions \(try amount("redemptions")), fee \(try amount("fee"))",
            "+ returns \(try amount("returns")), fee returned \(try amount("fee_returns"))",
            "= closing balance \(try amount("closing_balance")); owed to the retailer \(try amount("payable")), "
                + "unfunded \(try amount("unfunded"))",
            "\(grouped(lines)) lines on its first page, each down to a redemption")
    }
}
