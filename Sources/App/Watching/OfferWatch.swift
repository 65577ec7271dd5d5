import Kernel
import Logging
import Offers
import Telemetry

/// What offers in memory do, as log lines and counters.
struct OfferWatch: Sendable {
    private let logger: Logger
    private let loads: Counter
    private let drops: [OfferDrop: Counter]
    private let faults: Counter

    init(_ metrics: Metrics, _ logger: Logger) {
        self.logger = logger
        loads = metrics.counter("tradewind_offers_loads_total", help: "Retailers whose offers were read whole from PostgreSQL.")
        drops = Dictionary(
            uniqueKeysWithValues: OfferDrop.allCases.map { reason in
                (
                    reason,
                    metrics.counter(
                        "tradewind_offers_drops_total", help: "Retailers whose offers were let go.",
                        labels: ["reason": reason.rawValue])
                )
            })
        faults = metrics.counter("tradewind_offers_faults_total", help: "Looks at offers that failed and were tried again.")
    }

    @Sendable func notice(_ retailer: RetailerID, _ notice: OfferNotice) {
        var data: Logger.Metadata = ["retailer": "\(retailer)"]
        switch notice {
        case .loaded(let shoppers, let bytes, let millis):
            loads.increment()
            data.merge(["shoppers": "\(shoppers)", "bytes": "\(bytes)", "millis": "\(millis)"]) { $1 }
            logger.notice("offers: in memory", metadata: data)
        case .tooLarge(let bytes):
            data["bytes"] = "\(bytes)"
            logger.warning("offers: larger than the node may keep", metadata: data)
        case .dropped(let reason):
            drops[reason]?.increment()
            data["reason"] = "\(reason.rawValue)"
            logger.info("offers: let go", metadata: data)
        case .failed(let fault):
            faults.increment()
            data["fault"] = "\(fault)"
            logger.error("offers: a look failed", metadata: data)
        }
    }
}

extension Marketplace {
    /// How the offers in memory of this node stand.
    func observe(_ offers: OfferMemory) {
        metrics.gauge("tradewind_offers_retailers", help: "Retailers whose offers are in memory.") {
            Double(offers.totals.retailers)
        }
        metrics.gauge("tradewind_offers_bytes", help: "Memory of the offers, an estimate.") { Double(offers.totals.bytes) }
        metrics.gauge("tradewind_offers_shoppers", help: "Shoppers whose offers are in memory.") {
            Double(offers.totals.shoppers)
        }
        metrics.gauges("tradewind_offers_answers", help: "Questions about offers since the start, by who answered.") {
            let answers = offers.answers
            return [("by=\"memory\"", Double(answers.memory)), ("by=\"postgres\"", Double(answers.postgres))]
        }
        metrics.gauge("tradewind_offers_lag_seconds", help: "How old the oldest offers are that are asked for.") {
            Double(offers.totals.lagNanosMax) / 1e9
        }
    }
}
