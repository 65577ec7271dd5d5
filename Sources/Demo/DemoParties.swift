import DemoTown
import Kernel

/// Who takes part in the story: a retailer, a supplier, their people, an agreement and its wallet. Ids and keys are text,
/// as they came from the service.
struct DemoParties: Sendable {
    static let retailerName = "Demo town"

    let retailer: String
    let supplier: String
    let agreement: String
    let wallet: String
    let keys: DemoKeys

    var path: String { "/v1/retailers/\(retailer)" }
}

/// The keys of the story. People's keys are those of one person each; the others are services'.
struct DemoKeys: Sendable {
    let admin: String
    let approver: String
    let treasurer: String
    let secondTreasurer: String
    let marketer: String
    let supplierTreasurer: String
    /// Of services: the retailer's feed, app and tills, and both sides' own programs.
    let feed: String
    let app: String
    let till: String
    let retailer: String
    let supplier: String
}

/// Takes on the retailer and the supplier, as the platform's administrator does.
struct MakeParties: Sendable {
    /// The supplier pays it on each discount.
    static let feeBP = 500
    static let depthMaxBP = 3_000

    let client: DemoClient
    let platform: String
    let dates: StoryDates
    let plan: TownPlan

    /// Counts under it are hidden from suppliers; a small town needs a small floor.
    var privacyFloor: Int { min(50, max(10, plan.shoppers / 40)) }

    func run(supplierNamed supplierName: String, brand: String) async throws -> DemoParties {
        let retailer = try await client.post(
            "/v1/retailers", as: platform,
            #"{"name":"\#(DemoParties.retailerName)","currency":"RUB","zone":"\#(TownStore.zone)","language":"en"}"#
        ).text("id")
        let supplier = try await client.post("/v1/suppliers", as: platform, #"{"name":"\#(supplierName)"}"#).text("id")
        let keys = try await keys(retailer, supplier)
        _ = try await client.patch(
            "/v1/retailers/\(retailer)/policy", as: keys.admin,
            #"{"top_up_needs_second_person":true,"privacy_floor":\#(privacyFloor),"#
                + #""late_receipt_days":\#(StoryDates.settlingDays)}"#)
        let agreement = try await agreement(retailer, supplier, brand)
        let wallet = try await client.post(
            "/v1/retailers/\(retailer)/wallets", as: keys.supplierTreasurer, #"{"agreement_id":"\#(agreement)"}"#
        ).text("id")
        return DemoParties(retailer: retailer, supplier: supplier, agreement: agreement, wallet: wallet, keys: keys)
    }

    private func agreement(_ retailer: String, _ supplier: String, _ brand: String) async throws -> String {
        let path = "/v1/retailers/\(retailer)/agreements"
        let id = try await client.post(
            path, as: platform,
            #"{"supplier_id":"\#(supplier)","name":"Demo agreement","starts_on":"\#(dates.eve.adding(days: -30))","#
                + #""ends_on":"\#(dates.today.adding(days: 365))","fee_bp":\#(Self.feeBP),"depth_max_bp":\#(Self.depthMaxBP),"#
                + #""money_holder":"retailer","insight_scope":"own_categories","scope":{"brands":["\#(brand)"]}}"#
        ).text("id")
        for step in ["sign", "activate"] {
            _ = try await client.post("\(path)/\(id)/\(step)", as: platform, #"{"reason":"The demo begins."}"#)
        }
        return id
    }

    private func keys(_ retailer: String, _ supplier: String) async throws -> DemoKeys {
        let (shop, brand) = ("/v1/retailers/\(retailer)", "/v1/suppliers/\(supplier)")
        return DemoKeys(
            admin: try await personsKey("Olga", at: shop, ["admin", "analyst"]),
            approver: try await personsKey("Pavel", at: shop, ["approver"]),
            treasurer: try await personsKey("Irina", at: shop, ["treasurer"]),
            secondTreasurer: try await personsKey("Sergey", at: shop, ["treasurer"]),
            marketer: try await personsKey("Anna", at: brand, ["marketer", "analyst"]),
            supplierTreasurer: try await personsKey("Dmitry", at: brand, ["treasurer"]),
            feed: try await key("feed", at: shop, ["feed"]), app: try await key("app", at: shop, ["app"]),
            till: try await key("till", at: shop, ["till"]),
            retailer: try await key("retailer", at: shop, ["admin", "analyst", "treasurer"]),
            supplier: try await key("supplier", at: brand, ["admin", "marketer", "treasurer", "analyst"]))
    }

    private func personsKey(_ name: String, at organisation: String, _ roles: [String]) async throws -> String {
        let person = try await client.post("/v1/persons", as: platform, #"{"display_name":"\#(name)"}"#).text("id")
        _ = try await client.put("\(organisation)/persons/\(person)", as: platform, #"{"roles":\#(list(roles))}"#)
        return try await key(name, at: organisation, roles, person: person)
    }

    private func key(
        _ name: String, at organisation: String, _ roles: [String], person: String? = nil
    ) async throws -> String {
        let owner = person.map { #","person_id":"\#($0)""# } ?? ""
        return try await client.post(
            "\(organisation)/keys", as: platform, #"{"name":"\#(name)","roles":\#(list(roles))\#(owner)}"#
        ).text("token")
    }

    private func list(_ words: [String]) -> String { "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
}
