package import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

extension HTTPServerBuilder {
    /// HTTP/1.1 whose connections are counted and watched.
    package static func watched(_ table: ConnectionTable) -> HTTPServerBuilder {
        let limits = table.limits
        let configuration = HTTP1Channel.Configuration(
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytesMax, maxHeaderListSize: limits.headerBytesMax,
                maxHeaderFieldCount: limits.headersMax))
        return HTTPServerBuilder { responder in
            WatchedChannel(base: HTTP1Channel(responder: responder, configuration: configuration), table: table)
        }
    }
}

/// A connection of HTTP/1.1 with a watch at the socket and another behind the parser.
private struct WatchedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let table: ConnectionTable

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let table = table
        return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let watch = ConnectionWatch(table)
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(PartWatch(watch), position: .after(parser))
            try pipeline.addHandler(ByteWatch(watch), position: .first)
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
