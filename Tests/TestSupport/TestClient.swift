package import HTTPTypes
package import JSONText
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP client over real sockets: keeps connections for the next request, follows nothing.
package final class TestClient: Sendable {
    package struct Reply: Sendable {
        package let status: Int
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// The body as JSON; `.null` where it is none.
        package var json: JSONValue { (try? JSONReader.parse(body)) ?? .null }

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package let port: Int
    private let idle = Mutex<[any Channel]>([])

    package init(port: Int) { self.port = port }

    package func send(
        _ method: HTTPRequest.Method, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws -> Reply {
        let kept = idle.withLock { $0.popLast() }
        if let kept, kept.isActive, let reply = try? await exchange(on: kept, method, path, headers, body) { return reply }
        let channel = try await connect()
        return try await exchange(on: channel, method, path, headers, body)
    }

    /// One try, over a kept connection or a new one: nothing is sent again. Throws where the connection was refused, and
    /// `Cut` where it was closed before the answer was whole.
    package func sendOnce(
        _ method: HTTPRequest.Method, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws -> Reply {
        let kept = idle.withLock { idle in
            idle.removeAll { !$0.isActive }
            return idle.popLast()
        }
        let channel = if let kept { kept } else { try await connect() }
        return try await exchange(on: channel, method, path, headers, body)
    }

    /// A connection that ended before an answer did.
    package struct Cut: Error {
        package let afterFirstByte: Bool
    }

    package func close() async {
        for channel in idle.withLock({ $0 }) { try? await channel.close() }
    }

    private func connect() async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(60))
            .channelInitializer { channel in
                channel.pipeline.addHTTPClientHandlers().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    private func exchange(
        on channel: any Channel, _ method: HTTPRequest.Method, _ path: String, _ headers: [(String, String)], _ body: [UInt8]
    ) async throws -> Reply {
        var fields = HTTPHeaders([("Host", "127.0.0.1:\(port)")] + headers)
        if !body.isEmpty || method != .get { fields.add(name: "Content-Length", value: "\(body.count)") }
        let head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method.rawValue), uri: path, headers: fields)
        let promise = channel.eventLoop.makePromise(of: Reply.self)
        let written = channel.eventLoop.makePromise(of: Void.self)
        // A connection that the other side has closed by now takes no request: its failure is the answer.
        written.futureResult.cascadeFailure(to: promise)
        channel.writeAndFlush(Exchange(head: head, body: ByteBuffer(bytes: body), answer: promise), promise: written)
        let reply = try await promise.futureResult.get()
        if reply.header("connection")?.lowercased() == "close" {
            channel.close(promise: nil)
        } else {
            idle.withLock { $0.append(channel) }
        }
        return reply
    }
}

private struct Exchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let answer: EventLoopPromise<TestClient.Reply>
}

/// Writes one request and collects its answer.
private final class ExchangeHandler: ChannelDuplexHandler {
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart
    typealias InboundIn = HTTPClientResponsePart

    private var current: EventLoopPromise<TestClient.Reply>?
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard context.channel.isActive else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return exchange.answer.fail(TestClient.Cut(afterFirstByte: false))
        }
        current = exchange.answer
        head = nil
        body = []
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if exchange.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let buffer): body += Array(buffer: buffer)
        case .end:
            let headers = head?.headers.map { (name: $0.name, value: $0.value) } ?? []
            current?.succeed(.init(status: Int(head?.status.code ?? 0), headers: headers, body: body))
            current = nil
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        current?.fail(error is IOError ? TestClient.Cut(afterFirstByte: head != nil) : error)
        current = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        current?.fail(TestClient.Cut(afterFirstByte: head != nil))
        current = nil
    }
}
