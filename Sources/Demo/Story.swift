import DemoTown
import Kernel
package import Parties
import Tenancy

/// What was asked of the demo.
package struct DemoPlan: Sendable {
    package let town: TownRequest
    let environment: KeyToken.Environment

    package init(_ town: TownRequest, _ environment: KeyToken.Environment) {
        self.town = town
        self.environment = environment
    }
}

/// The size of the town.
package struct TownRequest: Sendable {
    package let shoppers: Int
    package let weeks: Int
    package let seed: UInt64

    package init(shoppers: Int, weeks: Int, seed: UInt64) {
        self.shoppers = shoppers
        self.weeks = weeks
        self.seed = seed
    }
}

/// The story of one campaign, from the town's first receipt to the statement, through the public API.
package struct Story: Sendable {
    /// What the demo's retailer is called.
    package static let retailerName = DemoParties.retailerName

    let host: DemoHost
    let town: Town
    let dates: StoryDates
    let choice: StoryChoice
    let parties: DemoParties
    let retailer: RetailerID
    let narrator: Narrator
    let progress: ProgressBar

    var client: DemoClient { host.client }
    var keys: DemoKeys { parties.keys }
    var path: String { parties.path }

    /// Loads the town, plays the story, and leaves an approved campaign for whoever comes: what they need is returned.
    package static func tell(
        _ plan: DemoPlan, on host: DemoHost, _ narrator: Narrator, progress: @escaping @Sendable (String) -> Void
    ) async throws -> DemoRecord {
        let dates = StoryDates(at: host.clock.now)
        let request = plan.town
        guard
            let townPlan = TownPlan(
                shoppers: request.shoppers, weeks: request.weeks, seed: request.seed, lastDay: dates.historyEnd)
        else { throw DemoFault.tooSmall("a town has 1 to 800 000 000 shoppers and 1 to 520 weeks") }
        let town = Town(townPlan)
        guard let choice = StoryChoice(town) else { throw DemoFault.tooSmall("nobody bought anything of a supplier's") }
        host.clock.set(StoryDates.instant(dates.eve, hour: 9))
        let platform = try await host.platformKey(plan.environment)
        let parties = try await MakeParties(client: host.client, platform: platform.token, dates: dates, plan: townPlan)
            .run(supplierNamed: choice.supplier.name, brand: "\(choice.brand.id)")
        guard let retailer = RetailerID(parties.retailer) else { throw DemoFault.missing("id", parties.retailer) }
        let days = townPlan.days.count + dates.days(from: dates.eve, through: dates.yesterday).count
        let story = Story(
            host: host, town: town, dates: dates, choice: choice, parties: parties, retailer: retailer, narrator: narrator,
            progress: ProgressBar(days: days, show: progress))
        let record = try await story.play()
        _ = try await host.client.delete("/v1/platform/keys/\(platform.id)", as: platform.token)
        return record
    }

    private func play() async throws -> DemoRecord {
        try await loadTown()
        let audience = try await previewAudience()
        let campaign = try await draftAndForecast(audience)
        try await topUp(for: campaign)
        try await approveAndLaunch(campaign)
        let listening = try await listen()
        try await start(campaign, listening)
        let outcome = try await sevenDays(of: campaign)
        try await settleAndClose(campaign, outcome)
        try await readStatement()
        try await verify()
        if let listening { _ = try await client.delete("\(path)/endpoints/\(listening)", as: keys.admin) }
        return try await prepareForTheNewcomer(audience)
    }
}
