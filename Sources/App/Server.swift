package import HTTPSupport
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP server over a route table: bounds on connections, headers and slowness.
package struct Server: Service {
    private let application: Application<RouterResponder<ClientContext>>

    /// Port 0 takes a free one; `onRunning` hears which.
    package init(
        _ table: RouteTable, through pipeline: RequestPipeline, host: String, port: Int, limits: Limits, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) {
        application = Application(
            router: table.router(through: pipeline), server: .watched(pipeline.connections),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connectionsMax + Limits.refusedConnectionsMax)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) }, logger: logger)
    }

    package func run() async throws { try await application.run() }
}
