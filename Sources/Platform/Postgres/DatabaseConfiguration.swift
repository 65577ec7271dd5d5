/// How to reach PostgreSQL, and the bounds of what we ask of it.
package struct DatabaseConfiguration: Sendable {
    /// A libpq connection string or URL, for a login that is no superuser.
    package var address: String
    /// Connections, each with a thread of its own.
    package var connectionsMax = 8
    /// Units of work that may wait for a connection.
    package var waitingMax = 10_000
    /// How long a unit of work may wait for a connection.
    package var waitMillisMax: Int64 = 2_000
    /// libpq takes no less than 2.
    package var connectTimeoutSeconds = 2
    /// How long PostgreSQL may give no sign of life before it counts as away: all that waits for it is refused, connections
    /// are cut, and it is asked until it answers again. Nil: nobody watches, and a server that hangs is waited for.
    package var silenceMillisMax: Int64?
    package var statementTimeoutMillis = 15_000
    package var lockTimeoutMillis = 5_000
    package var idleInTransactionTimeoutMillis = 10_000
    package var applicationName = "tradewind"

    package init(address: String) { self.address = address }

    /// libpq reads the first parameter as a whole connection string where `dbname` holds one, and ours override it.
    var connectionString: String {
        let timeouts =
            "-c statement_timeout=\(statementTimeoutMillis) -c lock_timeout=\(lockTimeoutMillis) "
            + "-c idle_in_transaction_session_timeout=\(idleInTransactionTimeoutMillis)"
        if address.hasPrefix("postgres://") || address.hasPrefix("postgresql://") {
            let separator = address.contains("?") ? "&" : "?"
            let options = timeouts.replacing(" ", by: "%20").replacing("=", by: "%3D")
            return address + separator
                + "connect_timeout=\(connectTimeoutSeconds)&application_name=\(applicationName)&client_encoding=UTF8"
                + "&options=\(options)"
        }
        return address
            + " connect_timeout=\(connectTimeoutSeconds) application_name=\(applicationName) client_encoding=UTF8"
            + " options='\(timeouts)'"
    }
}

extension String {
    fileprivate func replacing(_ character: Character, by text: String) -> String {
        reduce(into: "") { $0 += $1 == character ? text : String($1) }
    }
}
