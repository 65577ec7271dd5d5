package import HTTPSupport
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP server over a route table: bounds on connections, headers and idleness.
package struct Server: Service {
    private let application: Application<RouterResponder<BasicRequestContext>>

    /// Port 0 takes a free one; `onRunning` hears which.
    package init(
        _ table: RouteTable, through pipeline: RequestPipeline, host: String, port: Int, limits: Limits, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) {
        let http = HTTP1Channel.Configuration(
            idleTimeout: .seconds(limits.idleSecondsMax),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytesMax, maxHeaderListSize: limits.headerBytesMax,
                maxHeaderFieldCount: limits.headersMax))
        application = Application(
            router: table.router(through: pipeline), server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connectionsMax)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) }, logger: logger)
    }

    package func run() async throws { try await application.run() }
}
