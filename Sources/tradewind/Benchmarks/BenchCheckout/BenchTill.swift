import NIOCore
import NIOPosix

/// One connection of the load: sends a whole request, waits for the whole answer, reads no more of it than status and length.
final class BenchTill: Sendable {
    private let channel: any Channel

    static func connect(port: Int) async throws -> BenchTill {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AnswerReader()) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return BenchTill(channel)
    }

    private init(_ channel: any Channel) { self.channel = channel }

    /// The status of the answer.
    func send(_ request: String) async throws -> Int {
        let answer = channel.eventLoop.makePromise(of: Int.self)
        channel.writeAndFlush(Exchange(request: ByteBuffer(string: request), answer: answer), promise: nil)
        return try await answer.futureResult.get()
    }

    func close() async { try? await channel.close() }
}

private struct Exchange: Sendable {
    let request: ByteBuffer
    let answer: EventLoopPromise<Int>
}

private struct ConnectionLost: Error {}

private final class AnswerReader: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Exchange
    typealias OutboundOut = ByteBuffer

    private var current: EventLoopPromise<Int>?
    private var received: [UInt8] = []
    /// 0 until the head is there.
    private var headEnd = 0
    private var length = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard context.channel.isActive else { return exchange.answer.fail(ConnectionLost()) }
        current = exchange.answer
        received.removeAll(keepingCapacity: true)
        (headEnd, length) = (0, 0)
        context.write(wrapOutboundOut(exchange.request), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        received.append(contentsOf: buffer.readableBytesView)
        guard let status = wholeAnswer() else { return }
        current?.succeed(status)
        current = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        current?.fail(ConnectionLost())
        current = nil
    }

    /// Nil until the body is there.
    private func wholeAnswer() -> Int? {
        if headEnd == 0 { readHead() }
        guard headEnd > 0, received.count >= headEnd + length else { return nil }
        return received[9..<12].reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    /// Where the head ends, and how long the body is.
    private func readHead() {
        guard received.count >= 4 else { return }
        for end in 3..<received.count where received[end] == 10 && received[end - 2] == 10 {
            headEnd = end + 1
            break
        }
        var start = 0
        while start < headEnd {
            guard let line = received[start...].firstIndex(of: 10) else { break }
            if line - start > Self.name.count, zip(received[start...], Self.name).allSatisfy({ $0 | 32 == $1 }) {
                length = received[(start + Self.name.count)..<line].reduce(0) {
                    (48...57).contains($1) ? $0 * 10 + Int($1) - 48 : $0
                }
                return
            }
            start = line + 1
        }
    }

    private static let name = Array("content-length:".utf8)
}
