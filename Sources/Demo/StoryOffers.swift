import Kernel

extension Story {
    static let pushSecondsMax: Int64 = 60

    /// The retailer's endpoint for webhooks; nil where the service may not send to this machine.
    func listen() async throws -> String? {
        guard let listener = host.listener else { return nil }
        let endpoint = try await client.post(
            "\(path)/endpoints", as: keys.admin,
            #"{"url":"http://127.0.0.1:\#(host.listenerPort)/hooks","description":"The demo's own receiver","rate_per_second":1000}"#
        )
        listener.trust(try endpoint.text("secret"))
        return try endpoint.text("id")
    }

    /// The weekend passes, Monday begins: the campaign runs, and its offers are granted and pushed.
    func start(_ campaign: StoryCampaign, _ endpoint: String?) async throws {
        host.clock.set(StoryDates.instant(dates.monday).adding(seconds: -60))
        for day in dates.days(from: dates.eve, through: dates.monday.adding(days: -1)) { try await load(day) }
        try await host.advance(to: StoryDates.instant(dates.monday), at: retailer)
        let state = try await client.get("\(path)/campaigns/\(campaign.id)", as: keys.marketer).text("state")
        guard let listener = host.listener, endpoint != nil else {
            return narrator.tell(
                "Monday: the campaign is \(state)", on: dates.monday,
                "offers are granted, and not pushed: TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK is not set")
        }
        let messages = try await publishedMessages()
        try await wait(for: messages, at: listener)
        guard listener.badSignatures == 0 else { throw DemoFault.badSignature }
        narrator.tell(
            "Monday: the campaign is \(state), its offers are pushed", on: dates.monday,
            "\(grouped(listener.shoppers.count)) shoppers in \(messages) messages to the retailer's endpoint; "
                + "every signature verifies")
    }

    private func publishedMessages() async throws -> Int {
        var (after, count): (Int64, Int) = (0, 0)
        while true {
            let page = try await client.get("\(path)/events?types=offers.published&limit=1000&after=\(after)", as: keys.admin)
            let events = try page.elements("data")
            count += events.count
            if events.isEmpty { return count }
            after = try page.integer("next_after")
        }
    }

    private func wait(for messages: Int, at listener: OfferListener) async throws {
        let end = ContinuousClock.now + .seconds(Self.pushSecondsMax)
        while listener.published < messages {
            guard ContinuousClock.now < end else {
                throw DemoFault.notPushed(expected: messages, arrived: listener.published)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
