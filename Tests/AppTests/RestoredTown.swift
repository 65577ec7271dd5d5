import App
import HTTPTypes
import JSONText
import Kernel
import TestSupport
import Testing

/// What a town sold before its database was lost, and what it must find again.
extension ServedTown {
    /// One receipt with its discount, acknowledged; its business day.
    func sell(_ number: String) async throws -> String {
        let quote = try await quote()
        let reply = try await insist(.post, path + "/receipts", Self.receipt(number, by: quote))
        #expect(reply.status == 201, "\(reply.text)")
        return quote["business_day"].string ?? ""
    }

    /// What a till asks before it sells.
    func quote() async throws -> JSONValue {
        try await insist(.post, path + "/quotes", Self.quote(of: "h1", base: Self.basePrice)).json
    }

    /// With the discount that the quote promised.
    static func receipt(_ number: String, by quote: JSONValue) -> JSONValue {
        let given = quote["lines"][0]["discounts"][0]
        let discount: JSONValue = [
            "campaign_id": given["campaign_id"], "amount": given["amount"], "quote_id": quote["quote_id"],
        ]
        return [
            "store_id": "s1", "till": "1", "business_day": quote["business_day"], "number": .string(number), "kind": "sale",
            "sold_at": .string("\(OutsideWorld.real.now())"), "shopper_id": "h1",
            "lines": [line(basePrice, discounts: given == .null ? [] : [discount])],
        ]
    }

    /// Serves the restored state, or the restored outside database, and looks: the receipts, the money, the books.
    func expect(
        _ receipts: [String: Int], of day: String, _ spent: [String: Int64], servedFrom name: String, on database: String? = nil,
        environment: [String: String] = [:]
    ) async throws {
        try await ServedProgram.run(named: name, on: database, environment: environment) { program in
            let restored = ServedTown(
                program: program, retailer: retailer, campaign: campaign, till: till, approver: approver)
            for (number, status) in receipts {
                let reply = try await restored.insist(.get, "\(path)/receipts/s1/\(day)/1/-/\(number)", nil)
                #expect(reply.status == status, "\(name): \(number) \(reply.text)")
            }
            #expect(try await restored.spend() == spent, "\(name)")
            let verify = try await BuiltProgram.run(["verify"] + program.options)
            #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(verify.output)")
        }
    }
}
