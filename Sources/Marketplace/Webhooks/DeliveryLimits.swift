/// The named limits of delivery (LEDGER_AND_WEBHOOKS rules 33 to 36).
package enum DeliveryLimits {
    /// Requests to one endpoint at once, over all nodes.
    package static let inFlightPerEndpointMax = 4
    /// Requests of one node at once to endpoints that answer well.
    package static let inFlightMax = 192
    /// Of these, how many what goes straight from the log leaves to the queue.
    package static let inFlightQueuedMin = 32
    package static let directPlacesMax = inFlightMax - inFlightQueuedMin
    /// And to endpoints whose last request failed: they never take a place from the others.
    package static let inFlightFailingMax = 64
    /// Longer than a request may take, so that a lease only ends under a worker that is gone.
    package static let leaseSeconds: Int64 = 45
    package static let connectSecondsMax: Int64 = 5
    package static let requestSecondsMax: Int64 = 15
    /// Events that one step of the fan-out reads.
    package static let fanOutEventsMax = 400
    /// Deliveries that a node has straight from the log at once, those that wait for their turn included.
    package static let directMax = 2_000
    /// What was read from the log with its endpoints' addresses and keys is begun so soon, or left to the queue, which reads
    /// them again: a deleted endpoint or a leaked secret is used no longer. The lease ends after any such request.
    package static let directSecondsMax: Int64 = 5
    /// A step waits until at least so many more may be taken: many small ones would cost more than they send.
    package static let directRoomMin = 200
    /// Requests at once that a step may begin in any case, where so many are free.
    package static let directPlacesMin = 64
    /// How long a log waits for room before what has none is queued.
    package static let heldMillisMax: Int64 = 250
    /// Messages of one span to one endpoint; what is beyond is queued.
    package static let directPerEndpointMax = 100
    /// Endpoints that one claim looks at.
    package static let claimEndpointsMax = 64
    /// Outcomes that are written in one transaction.
    package static let outcomesMax = 512
    /// Successes of an endpoint that answers well are written this often; a failure is written at once, with them.
    package static let healthWriteMillis: Int64 = 1_000
    /// How long outcomes that could not be written wait before they are tried again, and for how long in all.
    package static let outcomeRetryMillis: Int64 = 200
    package static let outcomeRetrySecondsMax: Int64 = 600
    /// How long a worker sleeps when nobody wakes it.
    package static let pollMillis: Int64 = 1_000
    /// How often the queue is measured and the months are looked after.
    package static let surveySecondsMin: Int64 = 10
    /// Deliveries or events that one call of recover or replay-missing takes.
    package static let recoveryPageMax = 1_000
    /// Finished deliveries and their attempts are kept for so long.
    package static let deliveryDaysKept: Int64 = 30
    /// Events are, and with them what can be replayed or read from the feed.
    package static let eventDaysKept: Int64 = 90
    /// Deliveries or events that one transaction prunes.
    package static let pruneMax = 500
    /// Of a body; a larger one is never sent.
    package static let bodyBytesMax = 256 * 1024
}
