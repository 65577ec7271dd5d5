import Kernel
import Postgres
import Sealing

extension Transaction {
    func insertSecret(_ id: Identifier, _ sealed: SealedSecret, of endpoint: Endpoint, at retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO endpoint_secret (retailer_id, endpoint_id, secret_id, supplier_id, key_id, sealed, created_at)
            VALUES (
                \(retailer), \(endpoint.id), \(id), \(endpoint.supplier), \(sealed.keyID), \(sealed.bytes), clock_timestamp()
            )
            """)
    }

    /// The secrets in force sign on for so long, and no longer than they had.
    func expireSecrets(of endpoint: EndpointID, at retailer: RetailerID, afterSeconds seconds: Int64) throws {
        try execute(
            """
            UPDATE endpoint_secret
            SET expires_at = LEAST(expires_at, clock_timestamp() + \(seconds) * interval '1 second')
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint)
            """)
    }

    func dropExpiredSecrets(of endpoint: EndpointID, at retailer: RetailerID) throws {
        try execute(
            """
            DELETE FROM endpoint_secret
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) AND expires_at <= clock_timestamp()
            """)
    }

    func secretCount(of endpoint: EndpointID, at retailer: RetailerID) throws -> Int {
        try one(
            "SELECT count(*) FROM endpoint_secret WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint)"
        ) { row in try row.next() }
    }
}
