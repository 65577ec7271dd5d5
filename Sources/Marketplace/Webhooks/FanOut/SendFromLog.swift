import EventLog
import Kernel
import Logging
import Tenancy

/// What goes straight from the log to endpoints that answer.
extension WebhookDelivery {
    /// Each pass takes a step in all logs that may have something, beside each other and a fair part of the places each.
    func followLogs() async {
        await waitForMonths()
        await withDiscardingTaskGroup { group in
            await follow(hint, and: roomy) { woken in
                let steps = await stepInLogs(of: woken)
                for span in steps.compactMap(\.step.span) {
                    for endpoint in begin(span) { group.addTask { await runLine(to: endpoint, of: span.retailer) } }
                }
                // An event that nobody hears may be a trial, which is in the queue.
                for (retailer, step) in steps where step.queued > 0 || step.events > 0 && step.span == nil {
                    ready.wake(retailer)
                }
                // What is held is woken when a line ends; where the others of this pass took its room and have nothing, at once.
                let held = steps.filter(\.step.isHeld).map(\.retailer)
                let more = steps.filter { $0.step.events > 0 && !$0.step.isHeld }.map(\.retailer)
                return Set(more + (held.count < woken.count ? held : []))
            }
            group.cancelAll()
        }
    }

    private func stepInLogs(of retailers: Set<RetailerID>) async -> [(retailer: RetailerID, step: FanOut.Step)] {
        let free = places.freeForDirect()
        // Most of those that are polled have nothing new: a part of all would be too small for the others.
        let places = max(min(free, DeliveryLimits.directPlacesMin), free / max(1, retailers.count))
        return await withTaskGroup(of: (RetailerID, FanOut.Step)?.self) { group in
            for retailer in retailers {
                group.addTask {
                    guard let deliveries = lines.room(for: retailer) else { return nil }
                    let share = max(DeliveryLimits.directRoomMin, deliveries / retailers.count)
                    let room = DirectRoom(
                        places: places, deliveries: share, open: lines.open, isOverdue: lines.isOverdue(retailer))
                    let step = await logged("events not fanned out", retailer) { try await fanOutSome(retailer, room) }
                    guard let step else { return nil }
                    if step.events > 0 || !step.isHeld { lines.release(retailer) }
                    if step.isHeld { lines.hold(retailer) }
                    return (retailer, step)
                }
            }
            return await group.reduce(into: []) { steps, step in if let step { steps.append((step.0, step.1)) } }
        }
    }

    /// Returns an endpoint for each runner that is to begin; their places are taken.
    func begin(_ span: DeliverySpan) -> [EndpointID] {
        writer.opened(span)
        let begun = span.lines.first?.messages.first?.deliveries.first?.claimed ?? .now
        let runners = lines.add(span, beginsBefore: begun + .seconds(DeliveryLimits.directSecondsMax))
        places.takeDirect(runners.count)
        return runners
    }

    /// Sends what waits for one endpoint, message after message. When one fails, what is behind it is left to the queue, with its
    /// schedule and its breaker.
    func runLine(to endpoint: EndpointID, of retailer: RetailerID) async {
        while let next = lines.next(of: endpoint) {
            let isLate = Task.isCancelled || ContinuousClock.now >= next.beginsBefore
            var tries = isLate ? next.message.givenUp : await tried(next.message) ?? next.message.givenUp
            if tries.contains(where: { $0.outcome?.isSuccess != true }) {
                tries += lines.drain(endpoint).flatMap(\.givenUp)
            }
            await writer.write(tries, of: retailer)
            lines.finish(tries.count)
        }
        places.giveBackDirect()
        for held in lines.takeHeld() { roomy.wake(held) }
    }

    /// As `followLogs` does, until the log is read.
    func sendFromLog(of retailer: RetailerID) async throws -> Int {
        var sent = 0
        while true {
            let room = DirectRoom(places: DeliveryLimits.inFlightMax, deliveries: DeliveryLimits.directMax, open: [:])
            let step = try await fanOutSome(retailer, room)
            guard step.events > 0 else { return sent }
            guard let span = step.span else { continue }
            sent += span.deliveryCount
            await withDiscardingTaskGroup { group in
                for endpoint in begin(span) { group.addTask { await runLine(to: endpoint, of: retailer) } }
            }
        }
    }
}
