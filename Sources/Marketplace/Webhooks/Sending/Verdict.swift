import Kernel
import OutboundHTTP
import Postgres

/// What came of a try of a claimed delivery; nil where the try was given up and says nothing of the receiver.
struct FinishedTry: Sendable {
    let delivery: ClaimedDelivery
    let outcome: AttemptOutcome?
    let startedAt: Instant
    let durations: OutboundDurations
    let remoteAddress: String?
    /// A message counts once for its endpoint's health, however many deliveries it held.
    let isFirstOfMessage: Bool

    init(
        _ delivery: ClaimedDelivery, _ outcome: OutboundOutcome?, startedAt: Instant? = nil, isFirstOfMessage: Bool
    ) {
        self.delivery = delivery
        self.outcome = outcome.flatMap(AttemptOutcome.init)
        self.startedAt = startedAt ?? delivery.claimedAt
        durations = outcome?.durations ?? .none
        remoteAddress = outcome?.remoteAddress
        self.isFirstOfMessage = isFirstOfMessage
    }

    /// Sent straight from the log: there is no delivery on file yet.
    var isDirect: Bool { span != nil }

    var span: Identifier? { if case .direct(let span) = delivery.hold { span } else { nil } }

    /// It changes nothing of its endpoint's health but counts.
    var isQuietSuccess: Bool { delivery.isQuiet && outcome?.isSuccess == true }
}

/// A try with what follows from it: the time of the next one, or nil where the series is over.
struct Verdict: Sendable {
    let finished: FinishedTry
    let columns: AttemptColumns
    let next: Instant?
    /// It says something of the receiver and is listed.
    let isTried: Bool
    let state: Delivery.State

    init(_ finished: FinishedTry, outcome: AttemptOutcome?, next: Instant?, isCancelled: Bool = false) {
        self.finished = finished
        self.next = next
        columns = AttemptColumns(outcome)
        isTried = outcome != nil
        state = next != nil ? .pending : outcome?.isSuccess == true ? .delivered : isCancelled ? .cancelled : .failed
    }

    var id: DeliveryID { finished.delivery.id }
}

/// The columns that tell what came of a try. Taken apart once: the optimiser of Swift 6.3.1 dies of the same optional
/// chains inside the statement's interpolation.
struct AttemptColumns: Sendable {
    var status: Int32?
    var failure: String?
    var message: String?
    var head: Bytes?

    init(_ outcome: AttemptOutcome?) {
        switch outcome?.result {
        case .answered(let status, _, let head):
            self.status = Int32(status)
            self.head = Bytes(head)
        case .failed(let kind, let message):
            failure = kind.rawValue
            self.message = message
        case nil: break
        }
    }
}
