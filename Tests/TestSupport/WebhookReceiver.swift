import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A receiver of webhooks on a free port of loopback: answers each request as its script says, and keeps what it got.
package final class WebhookReceiver: Sendable {
    package struct Request: Sendable {
        package let path: String
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    }

    package enum Answer: Sendable {
        case status(Int, headers: [(String, String)] = [])
        /// 200 with what was sent.
        case echo
        /// Nothing until `release`.
        case hold
    }

    private struct State {
        var requests: [Request] = []
        var held: [@Sendable () -> Void] = []
    }

    /// Each request as it comes; for one reader.
    package let arrivals: AsyncStream<Request>
    private let arrived: AsyncStream<Request>.Continuation
    private let state = Mutex(State())
    private let listening = Mutex<(any Channel)?>(nil)
    private let answer: @Sendable (Request) -> Answer

    private init(_ answer: @escaping @Sendable (Request) -> Answer) {
        self.answer = answer
        (arrivals, arrived) = AsyncStream.makeStream(of: Request.self)
    }

    package static func start(
        _ answer: @escaping @Sendable (Request) -> Answer = { _ in .status(200) }
    ) async throws -> WebhookReceiver {
        let receiver = WebhookReceiver(answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(ReceivingHandler(receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        receiver.listening.withLock { $0 = channel }
        return receiver
    }

    package func url(_ path: String = "/hook") -> String {
        "http://127.0.0.1:\(listening.withLock { $0?.localAddress?.port } ?? 0)\(path)"
    }

    package var requests: [Request] { state.withLock { $0.requests } }

    /// Answers 200 to all that is held.
    package func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for answer in held { answer() }
    }

    package func stop() async {
        release()
        try? await listening.withLock { $0 }?.close()
    }

    fileprivate func receive(_ request: Request, reply: @escaping @Sendable (Int, [(String, String)], [UInt8]) -> Void) {
        let answer = answer(request)
        state.withLock { state in
            state.requests.append(request)
            if case .hold = answer { state.held.append { reply(200, [], []) } }
        }
        switch answer {
        case .status(let status, let headers): reply(status, headers, [])
        case .echo: reply(200, [], request.body)
        case .hold: break
        }
        arrived.yield(request)
    }
}

/// Collects one request at a time and writes its answer.
private final class ReceivingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let receiver: WebhookReceiver
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ receiver: WebhookReceiver) { self.receiver = receiver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let buffer): body += Array(buffer: buffer)
        case .end:
            guard let head else { return }
            let request = WebhookReceiver.Request(
                path: head.uri, headers: head.headers.map { (name: $0.name, value: $0.value) }, body: body)
            let channel = context.channel
            receiver.receive(request) { status, headers, body in
                let head = HTTPResponseHead(
                    version: .http1_1, status: .init(statusCode: status),
                    headers: HTTPHeaders([("Content-Length", "\(body.count)")] + headers))
                channel.write(HTTPServerResponsePart.head(head), promise: nil)
                if !body.isEmpty {
                    channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
                }
                channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
