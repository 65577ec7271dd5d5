import NIOCore
import NIOPosix

/// A socket in the hands of a client that keeps to no rule: it writes what bytes it likes, when it likes.
package struct RawConnection: Sendable {
    private let channel: any Channel
    private let chunks: AsyncStream<String>

    /// One that does not read takes only what its small buffer holds.
    package static func open(port: Int, reads: Bool = true) async throws -> RawConnection {
        let (chunks, arrived) = AsyncStream.makeStream(of: String.self)
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(60))
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Arrival(arrived)) }
            }
        if !reads { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 4096) }
        return RawConnection(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), chunks: chunks)
    }

    package func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// One byte after the other, each after a pause, until all are sent or the other side has closed.
    package func trickle(_ text: String, pauseMillis: Int64) async throws {
        for character in text {
            guard channel.isActive, (try? await send(String(character))) != nil else { return }
            try await Task.sleep(for: .milliseconds(pauseMillis))
        }
    }

    /// All that came until the other side closed.
    package func everything() async -> String { await chunks.reduce(into: "") { $0 += $1 } }

    /// What came until it holds `end`.
    package func text(until end: String) async -> String {
        var text = ""
        for await chunk in chunks {
            text += chunk
            if text.contains(end) { break }
        }
        return text
    }

    package func close() async { try? await channel.close() }
}

private final class Arrival: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let arrived: AsyncStream<String>.Continuation

    init(_ arrived: AsyncStream<String>.Continuation) { self.arrived = arrived }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { arrived.yield(String(buffer: unwrapInboundIn(data))) }

    func channelInactive(context: ChannelHandlerContext) { arrived.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        arrived.finish()
        context.close(promise: nil)
    }
}
