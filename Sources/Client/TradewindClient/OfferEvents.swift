public import Foundation

/// Tells the service what shoppers saw, opened and activated: collects, posts in batches, and posts again what got no answer. Events
/// outlive the program where the settings name a folder, of which there is one instance at a time. Nothing counts twice, however often it
/// is posted.
public actor OfferEvents {
    public enum Kind: String, Sendable, Codable {
        case impression, click, activation
    }

    /// An event that the service does not count.
    public struct Refusal: Sendable, Hashable {
        public let campaign: String
        public let shopper: String
        public let kind: Kind
        /// Such as `not_promised`.
        public let code: String
        public let detail: String
    }

    /// What the service takes at once.
    public static let batchMax = 1_000
    /// Events that wait, the newest ones; older ones are dropped, impressions first.
    public static let waitingMax = 10_000
    static let secondsApartMax = 300.0
    /// Looks that may be lost with the program.
    static let writeEvery = 20

    private struct Event: Codable {
        let type: Kind
        let shopper: String
        let campaign: String
        let at: String

        enum CodingKeys: String, CodingKey {
            case type, at
            case shopper = "shopper_id"
            case campaign = "campaign_id"
        }
    }

    private struct Batch: Encodable {
        let events: [Event]
    }

    private struct Answer: Decodable {
        struct Refused: Decodable {
            let pointer: String
            let code: String
            let detail: String
        }

        let refused: [Refused]
    }

    private let transport: Transport
    private let file: KeptFile<[Event]>
    /// Those that are under way.
    private var posting: [Event] = []
    private var waiting: [Event]
    private var unsaved = 0
    /// Rises when all is forgotten.
    private var generation = 0
    /// Of `run`: it does not wait for as long as it meant to.
    private var isHurried = false

    public init(_ settings: TradewindSettings) {
        transport = Transport(settings)
        file = KeptFile("offer-events.json", in: settings.folder)
        waiting = file.read() ?? []
    }

    /// Events that no answer has come for.
    public var waitingCount: Int { posting.count + waiting.count }

    /// Takes an event down; it is posted by `post` or `run`. The last few looks may be lost with the program, an activation is not.
    public func record(_ kind: Kind, campaign: String, shopper: String, at moment: Date = Date()) {
        let at = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(moment)
        waiting.append(Event(type: kind, shopper: shopper, campaign: campaign, at: at))
        if waiting.count > Self.waitingMax { waiting.remove(at: waiting.firstIndex { $0.type == .impression } ?? 0) }
        unsaved += 1
        if kind == .activation || unsaved >= Self.writeEvery { save() }
        if kind == .activation { isHurried = true }
    }

    /// Drops all that waits: another shopper has logged in, for whom nothing of it is to be posted.
    public func forget() {
        generation += 1
        (posting, waiting) = ([], [])
        save()
    }

    /// Posts all that waits, a batch at a time, and tells after each what the service does not count: an activation among it is none.
    /// Throws `TradewindFault` where an answer is lacking: the rest waits for the next time. What the service cannot read is dropped.
    public func post(onRefusals: @Sendable ([Refusal]) async -> Void = { _ in }) async throws {
        guard posting.isEmpty else { return }
        while !waiting.isEmpty {
            let (batch, began) = (Array(waiting.prefix(Self.batchMax)), generation)
            posting = batch
            waiting.removeFirst(batch.count)
            save()
            do {
                let answer = try await transport.post(["offers", "events"], try JSONEncoder().encode(Batch(events: batch)))
                let refusals = try read(answer.body, of: batch)
                if began == generation { posting = [] }
                save()
                if !refusals.isEmpty { await onRefusals(refusals) }
            } catch {
                if began == generation {
                    waiting = readable(batch, after: error) + waiting
                    posting = []
                    save()
                }
                throw error
            }
        }
    }

    /// Those of a batch that may be posted again.
    private func readable(_ batch: [Event], after error: any Error) -> [Event] {
        guard case TradewindFault.refused(let problem) = error, problem.status == 422 else { return batch }
        let places = Set(problem.pointers.compactMap { $0.split(separator: "/").dropFirst().first.flatMap { Int($0) } })
        guard !places.isEmpty else { return [] }
        return batch.enumerated().filter { !places.contains($0.offset) }.map(\.element)
    }

    private func save() {
        unsaved = 0
        file.write(posting + waiting)
    }

    /// Posts every so many seconds until the task is cancelled; longer apart while there is no answer, but at once after an
    /// activation.
    public func run(everySeconds seconds: Double = 5, onRefusals: @Sendable ([Refusal]) async -> Void = { _ in }) async {
        var wait = seconds
        while !Task.isCancelled {
            do {
                try await post(onRefusals: onRefusals)
                wait = seconds
            } catch let TradewindFault.refused(problem) {
                wait = max(problem.retryAfter ?? 0, min(wait * 2, Self.secondsApartMax))
            } catch {
                wait = min(wait * 2, Self.secondsApartMax)
            }
            await rest(wait)
        }
    }

    /// Until so many seconds are over, or something was activated.
    private func rest(_ seconds: Double) async {
        let until = ContinuousClock.now.advanced(by: .seconds(seconds))
        while ContinuousClock.now < until, !Task.isCancelled, !isHurried {
            try? await Task.sleep(for: .milliseconds(200))
        }
        isHurried = false
    }

    private func read(_ body: Data, of batch: [Event]) throws -> [Refusal] {
        do {
            return try JSONDecoder().decode(Answer.self, from: body).refused.compactMap { refused in
                guard let place = refused.pointer.split(separator: "/").last.flatMap({ Int($0) }), batch.indices.contains(place)
                else { return nil }
                let event = batch[place]
                return Refusal(
                    campaign: event.campaign, shopper: event.shopper, kind: event.type, code: refused.code,
                    detail: refused.detail)
            }
        } catch {
            throw TradewindFault.unreadable("\(error)")
        }
    }
}
