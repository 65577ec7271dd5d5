import Audiences
import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Profiles
import Tenancy

/// What the routes do with a request: parse, call, render.
extension CampaignRoutes {
    func create(_ call: Call) async throws -> Reply {
        let authority = try CampaignAuthority(call)
        return try await write(call) { tx in
            guard let retailer = try tx.retailer(authority.retailer) else { throw Problem.notFound("retailer") }
            let command = try call.json { CreateCampaign($0, by: authority, in: retailer.asset) }
            let campaign = try command.run(in: tx, by: Author(call))
            return .created(CampaignSummary(campaign: campaign), at: "\(call.path)/\(campaign.id)")
                .tagged(version: campaign.revision)
        }
    }

    func list(_ call: Call) async throws -> Reply {
        let authority = try CampaignAuthority(call)
        let (page, state) = try call.query { fields in
            (PageRequest(fields, max: Self.pageMax), fields.wordIfPresent("state", CampaignState.self))
        }
        let after = try page.id(CampaignID.self)
        return try await database.read(as: call.scope) { tx in
            let campaigns = try tx.campaigns(
                of: authority.retailer, supplier: authority.supplier, state: state, after: after, limit: page.limit + 1)
            return .json(Page(campaigns.map(CampaignSummary.init), page) { "\($0.campaign.id)" })
        }
    }

    func show(_ call: Call) async throws -> Reply {
        try await read(call) { tx, campaign in .json(try tx.view(of: campaign)).tagged(version: campaign.revision) }
    }

    func edit(_ call: Call) async throws -> Reply {
        let command = EditCampaign(
            authority: try CampaignAuthority(call), id: try call.id("campaign_id"), ifMatch: try call.ifMatch())
        try await checkVisible(call)
        return try await write(call) { tx in
            let campaign = try command.run(in: tx, by: Author(call)) { old in
                try call.json { CampaignTerms($0, over: old, in: old.budget.asset) }
            }
            return .json(try tx.view(of: campaign)).tagged(version: campaign.revision)
        }
    }

    func submit(_ call: Call) async throws -> Reply {
        try call.json { _ in }
        try await checkVisible(call)
        let command = SubmitCampaign(
            authority: try CampaignAuthority(call), id: try call.id("campaign_id"), ifMatch: call.ifMatchIfPresent(),
            isAudienceLargeEnough: try await asked(call)?.count != .belowFloor)
        return try await change(call) { tx, author in try command.run(in: tx, by: author) }
    }

    func decide(_ call: Call, _ action: CampaignAction) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        let command = try call.json { DecideCampaign($0, action, id, by: authority) }
        return try await change(call) { tx, author in try command.run(in: tx, by: author) }
    }

    func launch(_ call: Call) async throws -> Reply {
        try call.json { _ in }
        try await checkVisible(call)
        let command = LaunchCampaign(
            authority: try CampaignAuthority(call), id: try call.id("campaign_id"), sampling: supplierView.sampling)
        return try await change(call) { tx, author in try command.run(in: tx, by: author) }
    }

    func extendBudget(_ call: Call) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        try await checkVisible(call)
        return try await change(call) { tx, author in
            guard let retailer = try tx.retailer(authority.retailer) else { throw Problem.notFound("retailer") }
            let command = try call.json { ExtendBudget($0, of: id, by: authority, in: retailer.asset) }
            return try command.run(in: tx, by: author)
        }
    }

    func halt(_ call: Call, _ action: CampaignAction) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        let command = try call.json { HaltCampaign($0, action, id, by: authority) }
        try await checkVisible(call)
        return try await change(call) { tx, author in try command.run(in: tx, by: author) }
    }

    func withdraw(_ call: Call, _ subject: WithdrawFromCampaign.Subject) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        let command = try call.json { WithdrawFromCampaign($0, subject, from: id, by: authority) }
        return try await change(call) { tx, author in try command.run(in: tx, by: author) }
    }

    func products(_ call: Call) async throws -> Reply {
        let (page, version) = try call.query { fields in
            (PageRequest(fields), fields.integerIfPresent("version", in: 1...Int64.max))
        }
        let after = page.after.map { ExternalID(stored: $0) }
        return try await read(call) { tx, campaign in
            let products = try tx.products(
                of: campaign, version: version ?? campaign.version, after: after, limit: page.limit + 1)
            return .json(Page(products, page) { $0.id.text })
        }
    }

    func decisions(_ call: Call) async throws -> Reply {
        let page = try call.query { PageRequest($0, max: Self.pageMax) }
        let after = try page.id(TypedID<DecisionKind>.self)
        return try await read(call) { tx, campaign in
            .json(Page(try tx.decisions(on: campaign, after: after, limit: page.limit + 1), page) { "\($0.id)" })
        }
    }

    /// Read in the retailer's scope, after the fence let the campaign be seen: a budget may come from several owners.
    func spend(_ call: Call) async throws -> Reply {
        try await checkVisible(call)
        let (retailer, id) = (try call.retailerID(), try call.id("campaign_id", CampaignID.self))
        return try await database.read(as: .retailer(retailer)) { tx in
            guard let campaign = try tx.campaign(id, of: retailer) else { throw Problem.notFound("campaign") }
            let spend = try tx.spend(of: id, at: retailer, in: campaign.terms.budget.asset)
            let today = try tx.profileMoment(of: retailer, at: call.world.now()).today
            return .json(
                PacedSpend(spend: spend, today: try tx.pacedDay(today, of: campaign, available: spend.available)))
        }
    }

    func depths(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("campaign_id", CampaignID.self))
        return try await database.read(as: call.scope) { tx in
            guard let campaign = try tx.campaign(id, of: retailer) else { throw Problem.notFound("campaign") }
            let today = try tx.profileMoment(of: retailer, at: call.world.now()).today
            return .json(try tx.depthSpends(of: campaign, on: today))
        }
    }

    func lastForecast(_ call: Call) async throws -> Reply {
        let isSupplier = if case .supplier = call.scope { true } else { false }
        return try await read(call) { tx, campaign in
            guard let forecast = try tx.latestForecast(of: campaign, forSupplier: isSupplier) else {
                throw Problem.notFound("forecast")
            }
            return Reply(status: .ok, headers: [.contentType: "application/json"], body: .bytes(forecast))
        }
    }

    func forecast(_ call: Call) async throws -> Reply {
        try call.json { _ in }
        let told = try await told(call)
        let command = MakeForecast(authority: try CampaignAuthority(call), id: try call.id("campaign_id"), told: told)
        return try await write(call) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }
}

extension CampaignRoutes {
    /// What a supplier's forecast rests on; nil for the retailer. An audience below the floor is refused; a retailer with
    /// fewer shoppers than the floor has none, to a supplier.
    private func told(_ call: Call) async throws -> ToldAudience? {
        guard let (question, count) = try await asked(call) else { return nil }
        let sample = question.moment.sample
        switch count {
        case .about(let number): return ToldAudience(shoppers: number, sample: sample)
        case .belowFloor where question.predicate == .everybody: return ToldAudience(shoppers: 0, sample: sample)
        case .belowFloor: throw SubmitCampaign.Refusal.audienceBelowFloor
        }
    }

    /// What a supplier may know of its campaign's audience; nil for the retailer.
    private func asked(_ call: Call) async throws -> (question: SupplierView.Question, count: SupplierCount)? {
        guard case .supplier(let supplier, let retailer) = call.scope else { return nil }
        let predicate = try await predicate(ofCampaign: try call.id("campaign_id", CampaignID.self), call, supplier, retailer)
        return try await supplierCount(of: predicate, call, supplier, retailer)
    }

    func supplierCount(
        of predicate: Predicate, _ call: Call, _ supplier: SupplierID, _ retailer: RetailerID
    ) async throws -> (question: SupplierView.Question, count: SupplierCount) {
        let question = try await supplierView.ask(
            predicate, at: "/eligibility/audience_id", by: supplier, of: retailer, in: call.world)
        return (question, try await supplierView.answer(question, for: supplier).audience)
    }

    /// Whom a supplier's campaign is for.
    private func predicate(
        ofCampaign id: CampaignID, _ call: Call, _ supplier: SupplierID, _ retailer: RetailerID
    ) async throws -> Predicate {
        try await database.read(as: call.scope) { tx in
            guard let campaign = try tx.campaign(id, of: retailer, supplier: supplier) else {
                throw Problem.notFound("campaign")
            }
            guard case .audience(let choice) = campaign.terms.eligibility else { return .everybody }
            guard let predicate = try tx.predicate(of: choice.audience, version: choice.version, at: retailer) else {
                throw SubmitCampaign.Refusal.unknownAudience
            }
            return predicate
        }
    }

    /// The campaign through the caller's own fence.
    func read(
        _ call: Call, _ render: @escaping @Sendable (borrowing Transaction, Campaign) throws -> Reply
    ) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        return try await database.read(as: call.scope) { tx in
            guard let campaign = try tx.campaign(id, of: authority.retailer, supplier: authority.supplier) else {
                throw Problem.notFound("campaign")
            }
            return try render(tx, campaign)
        }
    }

    /// A supplier's writes run in the retailer's scope; here the fence says first whether it may see the campaign at all.
    func checkVisible(_ call: Call) async throws {
        guard case .supplier = call.scope else { return }
        _ = try await read(call) { _, _ in .noContent }
    }

    func write(
        _ call: Call, _ work: @escaping @Sendable (borrowing Transaction) throws -> Reply
    ) async throws -> Reply {
        try await call.write(database, as: .retailer(try call.retailerID()), work)
    }

    private func change(
        _ call: Call, _ command: @escaping @Sendable (borrowing Transaction, Author) throws -> Campaign
    ) async throws -> Reply {
        try await write(call) { tx in
            let campaign = try command(tx, Author(call))
            return .json(CampaignSummary(campaign: campaign)).tagged(version: campaign.revision)
        }
    }
}

extension Transaction {
    fileprivate func view(of campaign: Campaign) throws -> CampaignView {
        CampaignView(campaign: campaign, span: try span(of: campaign))
    }
}
