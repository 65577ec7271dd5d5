import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The people and machines of the story speak to the service as anybody does: by HTTP, and they wait where they are asked
/// to. Keeps its connections.
package final class DemoClient: Sendable {
    private let port: Int
    private let idle = Mutex<[any Channel]>([])

    init(port: Int) { self.port = port }

    func send(
        _ method: HTTPMethod, _ path: String, as key: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws -> DemoReply {
        var fields = HTTPHeaders([("Host", "127.0.0.1:\(port)"), ("Authorization", "Bearer \(key)")] + headers)
        if method != .GET { fields.add(name: "Content-Length", value: "\(body.count)") }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)
        var reply = try await exchange(head, body)
        while reply.status == 429, let pause = reply.retryAfter {
            try await Task.sleep(for: pause)
            reply = try await exchange(head, body)
        }
        guard (200..<300).contains(reply.status) else { throw DemoRefused(request: "\(method) \(path)", reply: reply) }
        return reply
    }

    private func exchange(_ head: HTTPRequestHead, _ body: [UInt8]) async throws -> DemoReply {
        let channel = try await channel()
        let answer = channel.eventLoop.makePromise(of: DemoReply.self)
        channel.writeAndFlush(Exchange(head: head, body: ByteBuffer(bytes: body), answer: answer), promise: nil)
        let reply = try await answer.futureResult.get()
        idle.withLock { $0.append(channel) }
        return reply
    }

    func close() async {
        let channels = idle.withLock { channels in
            defer { channels = [] }
            return channels
        }
        for channel in channels { try? await channel.close() }
    }

    private func channel() async throws -> any Channel {
        while let kept = idle.withLock({ $0.popLast() }) { if kept.isActive { return kept } }
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.pipeline.addHTTPClientHandlers().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }
}

extension DemoClient {
    func get(_ path: String, as key: String, headers: [(String, String)] = []) async throws -> DemoReply {
        try await send(.GET, path, as: key, headers: headers)
    }

    func post(
        _ path: String, as key: String, _ json: String = "{}", once: String? = nil
    ) async throws -> DemoReply {
        try await post(path, as: key, bytes: Array(json.utf8), once: once)
    }

    func post(_ path: String, as key: String, bytes: [UInt8], once: String? = nil) async throws -> DemoReply {
        try await write(.POST, path, as: key, bytes, once: once)
    }

    func upload(_ path: String, as key: String, ndjson: [UInt8]) async throws -> DemoReply {
        try await send(.POST, path, as: key, headers: [("Content-Type", "application/x-ndjson")], body: ndjson)
    }

    func delete(_ path: String, as key: String) async throws -> DemoReply { try await send(.DELETE, path, as: key) }

    func put(_ path: String, as key: String, _ json: String) async throws -> DemoReply {
        try await write(.PUT, path, as: key, Array(json.utf8))
    }

    func patch(_ path: String, as key: String, _ json: String) async throws -> DemoReply {
        try await write(.PATCH, path, as: key, Array(json.utf8), headers: [("If-Match", "*")])
    }

    /// `once` is the idempotency key.
    private func write(
        _ method: HTTPMethod, _ path: String, as key: String, _ body: [UInt8], once: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> DemoReply {
        let all = headers + [("Content-Type", "application/json")] + (once.map { [("Idempotency-Key", $0)] } ?? [])
        return try await send(method, path, as: key, headers: all, body: body)
    }
}

private struct Exchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let answer: EventLoopPromise<DemoReply>
}

/// Writes one request and collects its answer.
private final class ExchangeHandler: ChannelDuplexHandler {
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart
    typealias InboundIn = HTTPClientResponsePart

    private var answer: EventLoopPromise<DemoReply>?
    private var status = 0
    private var retryAfterSeconds: Int?
    private var body: [UInt8] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard context.channel.isActive else { return exchange.answer.fail(ChannelError.ioOnClosedChannel) }
        answer = exchange.answer
        body = []
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if exchange.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
            retryAfterSeconds = head.headers.first(name: "Retry-After").flatMap { Int($0) }
        case .body(let buffer): body += Array(buffer: buffer)
        case .end:
            answer?.succeed(DemoReply(status: status, retryAfterSeconds: retryAfterSeconds, body: body))
            answer = nil
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer?.fail(error)
        answer = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer?.fail(ChannelError.eof)
        answer = nil
    }
}
