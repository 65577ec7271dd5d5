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

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard context.channel.isActive else { return exchange.answer.fail(ConnectionLost()) }
        current = exchange.answer
        received.removeAll(keepingCapacity: true)
        context.write(wrapOutboundOut(exchange.request), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        received += buffer.readBytes(length: buffer.readableBytes) ?? []
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
        guard let head = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = received[..<head.lowerBound].split(separator: UInt8(ascii: "\n"))
        var length = 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard parts.count == 2, String(decoding: parts[0], as: UTF8.self).lowercased() == "content-length" else { continue }
            length = Int(String(decoding: parts[1].filter { (48...57).contains($0) }, as: UTF8.self)) ?? 0
        }
        guard received.count >= head.upperBound + length else { return nil }
        return Int(String(decoding: received[9..<12], as: UTF8.self)) ?? 0
    }
}
