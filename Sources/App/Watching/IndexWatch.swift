import Audiences
import Kernel
import Logging
import Telemetry

/// What audience indexes do, as log lines and counters.
struct IndexWatch: Sendable {
    private let logger: Logger
    private let rebuilds: [IndexRebuild: Counter]
    private let drops: [IndexDrop: Counter]
    private let followed: Counter
    private let refused: Counter
    private let faults: Counter

    init(_ metrics: Metrics, _ logger: Logger) {
        self.logger = logger
        rebuilds = Dictionary(
            uniqueKeysWithValues: IndexRebuild.allCases.map { reason in
                (
                    reason,
                    metrics.counter(
                        "tradewind_audience_index_rebuilds_total", help: "Indexes that were built from PostgreSQL.",
                        labels: ["reason": reason.rawValue])
                )
            })
        drops = Dictionary(
            uniqueKeysWithValues: IndexDrop.allCases.map { reason in
                (
                    reason,
                    metrics.counter(
                        "tradewind_audience_index_drops_total", help: "Indexes that were let go.",
                        labels: ["reason": reason.rawValue])
                )
            })
        followed = metrics.counter(
            "tradewind_audience_index_followed_shoppers_total", help: "Shoppers who were looked at again after a change.")
        refused = metrics.counter(
            "tradewind_audience_index_copies_refused_total", help: "Copies that were not used: older, damaged or another's.")
        faults = metrics.counter("tradewind_audience_index_faults_total", help: "Looks that failed and were tried again.")
    }

    @Sendable func notice(_ shelf: IndexShelf, _ notice: IndexNotice) {
        var data: Logger.Metadata = ["retailer": "\(shelf.retailer)", "view": "\(shelf.view.rawValue)"]
        switch notice {
        case .building(let reason):
            rebuilds[reason]?.increment()
            data["reason"] = "\(reason.rawValue)"
            logger.notice("audience index: building", metadata: data)
        case .slice(let slice):
            data["slice"] = "\(slice.number) of \(slice.of)"
            data["shoppers"] = "\(slice.shoppers)"
            data["bytes"] = "\(slice.bytes)"
            logger.info("audience index: progress", metadata: data)
        case .built(let shoppers, let bytes, let millis):
            data.merge(["shoppers": "\(shoppers)", "bytes": "\(bytes)", "millis": "\(millis)"]) { $1 }
            logger.notice("audience index: built", metadata: data)
        case .loaded(let shoppers, let bytes):
            data.merge(["shoppers": "\(shoppers)", "bytes": "\(bytes)"]) { $1 }
            logger.notice("audience index: loaded from its copy", metadata: data)
        case .followed(let shoppers): followed.increment(by: Int64(shoppers))
        default: warn(notice, data)
        }
    }

    private func warn(_ notice: IndexNotice, _ data: Logger.Metadata) {
        var data = data
        switch notice {
        case .copyRefused(let fault):
            refused.increment()
            data["fault"] = "\(fault)"
            logger.warning("audience index: its copy is not used", metadata: data)
        case .copyNotWritten(let fault):
            data["fault"] = "\(fault)"
            logger.warning("audience index: its copy was not written", metadata: data)
        case .copyRemoved(let removal):
            data["reason"] = "\(removal.rawValue)"
            logger.notice("audience index: its copy is removed", metadata: data)
        case .tooLarge(let bytes):
            data["bytes"] = "\(bytes)"
            logger.warning("audience index: larger than the node may keep", metadata: data)
        case .dropped(let reason):
            drops[reason]?.increment()
            data["reason"] = "\(reason.rawValue)"
            logger.info("audience index: let go", metadata: data)
        case .failed(let fault):
            faults.increment()
            data["fault"] = "\(fault)"
            logger.error("audience index: a look failed", metadata: data)
        case .building, .slice, .built, .loaded, .followed: break
        }
    }
}

extension Marketplace {
    /// How the indexes of this node stand.
    func observe(_ indexes: AudienceIndexes) {
        metrics.gauge("tradewind_audience_indexes", help: "Audience indexes in memory.") { Double(indexes.totals.loaded) }
        metrics.gauge("tradewind_audience_index_bytes", help: "Memory of the audience indexes.") {
            Double(indexes.totals.bytes)
        }
        metrics.gauge("tradewind_audience_index_shoppers", help: "Shoppers in the audience indexes.") {
            Double(indexes.totals.shoppers)
        }
        metrics.gauges("tradewind_audience_answers", help: "Questions about audiences since the start, by who answered.") {
            let answers = indexes.answers
            return [("by=\"index\"", Double(answers.index)), ("by=\"oracle\"", Double(answers.oracle))]
        }
        metrics.gauge(
            "tradewind_audience_index_lag_seconds", help: "How old what the oldest index that is asked for shows is."
        ) { Double(indexes.totals.lagNanosMax) / 1e9 }
        metrics.gauge(
            "tradewind_audience_index_age_seconds", help: "Since the oldest index was built or loaded."
        ) { Double(indexes.totals.ageNanosMax) / 1e9 }
    }
}
