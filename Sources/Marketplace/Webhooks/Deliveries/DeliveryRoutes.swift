package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// What became of events at one endpoint, and the ways to have them sent again.
///
/// GET  .../endpoints/{endpoint_id}/deliveries                            list, also by state
/// GET  .../endpoints/{endpoint_id}/deliveries/{delivery_id}/attempts     each try of one
/// POST .../endpoints/{endpoint_id}/deliveries/{delivery_id}/resend       one again
/// POST .../endpoints/{endpoint_id}/recover                               all that failed in a span
/// POST .../endpoints/{endpoint_id}/replay-missing                        all that was never for it in a span
package struct DeliveryRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let endpoint = EndpointRoutes.path + "/{endpoint_id}"
        let delivery = endpoint + "/deliveries/{delivery_id}"
        let access = EndpointRoutes.access
        return [
            Route(.get, endpoint + "/deliveries", "listDeliveries", access: access, handle: list),
            Route(.get, delivery + "/attempts", "listAttempts", access: access, handle: attempts),
            Route(.post, delivery + "/resend", "resendDelivery", access: access, body: BodyRule.none, handle: resend),
            Route(.post, endpoint + "/recover", "recoverDeliveries", access: access, handle: recover),
            Route(.post, endpoint + "/replay-missing", "replayMissing", access: access, handle: replay),
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let target = try EndpointTarget(call)
        let (page, state) = try call.query { (PageRequest($0), $0.wordIfPresent("state", Delivery.State.self)) }
        let after = try page.id(DeliveryID.self)
        let deliveries = try await database.read(as: call.scope) { tx in
            let endpoint = try tx.endpoint(target)
            return try tx.deliveries(
                to: endpoint.id, at: target.retailer, in: state, after: after, limit: page.limit + 1)
        }
        return .json(Page(deliveries, page) { "\($0.id)" })
    }

    private func attempts(_ call: Call) async throws -> Reply {
        let target = try EndpointTarget(call)
        let delivery: DeliveryID = try call.id("delivery_id")
        let page = try call.query(PageRequest.init)
        let after = try page.attemptNumber()
        let attempts = try await database.read(as: call.scope) { tx in
            let endpoint = try tx.endpoint(target)
            guard try tx.delivery(delivery, of: endpoint.id, at: target.retailer) != nil else {
                throw Problem.notFound("delivery")
            }
            return try tx.attempts(of: delivery, at: target.retailer, after: after, limit: page.limit + 1)
        }
        return .json(Page(attempts, page) { "\($0.number)" })
    }

    private func resend(_ call: Call) async throws -> Reply {
        let command = try ResendDelivery(call)
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call)), status: .accepted) }
    }

    private func recover(_ call: Call) async throws -> Reply {
        let command = RecoverDeliveries(target: try EndpointTarget(call), span: try call.json(RecoverySpan.init))
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call)), status: .accepted) }
    }

    private func replay(_ call: Call) async throws -> Reply {
        let command = ReplayMissing(target: try EndpointTarget(call), span: try call.json(RecoverySpan.init))
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call)), status: .accepted) }
    }
}

extension PageRequest {
    fileprivate func attemptNumber() throws -> Int32 {
        guard let after else { return 0 }
        guard let number = Int32(after) else {
            throw Problem.invalid([FieldProblem(pointer: "?cursor", code: "bad_cursor", detail: "Is of another list.")])
        }
        return number
    }
}
