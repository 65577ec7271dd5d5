import HTTPTypes
import Kernel
import Parties
import Postgres
import Tenancy

extension TestMarket {
    /// Whether a write that took effect left an entry of its caller's in the audit; nil for reads, refusals and answers that
    /// are only said again. Asked where exchanges are recorded: the contract's validator holds all of them together.
    func isAudited(
        _ method: HTTPRequest.Method, _ path: String, _ reply: TestClient.Reply, by key: KeyToken?
    ) async throws -> Bool? {
        guard Exchanges.areRecorded, method != .get, method != .options, reply.status < 300,
            reply.header("idempotent-replayed") == nil, let request = reply.header("x-request-id")
        else { return nil }
        let id = key?.id
        return try await database.read(as: .platform) { tx in
            try tx.one(
                """
                SELECT EXISTS (
                    SELECT FROM audit_entry
                    WHERE request_id = \(request) AND (\(id)::uuid IS NULL OR key_id = \(id))
                )
                """, { row in try row.next(Bool.self) })
        }
    }
}
