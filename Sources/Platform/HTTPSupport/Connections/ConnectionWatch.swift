import NIOCore
import NIOHTTP1

/// Watches one connection on its event loop: cuts it where the client is too slow, and answers what is no request.
///
/// It has one timer at most: where the patience ends earlier than the timer fires, another is set and the first one does
/// nothing when it comes. So a busy connection sets one each few seconds and an idle one hardly any.
final class ConnectionWatch {
    /// How long the last words on a connection may take to arrive before it is closed.
    private static let lingerSeconds: Int64 = 1

    private let table: ConnectionTable
    private let isWelcome: Bool
    private var state: ConnectionState
    private var timerAt: NIODeadline = .distantFuture
    private var timer = 0
    private var isEnded = false
    fileprivate var context: ChannelHandlerContext?

    init(_ table: ConnectionTable) {
        self.table = table
        isWelcome = table.enter()
        state = ConnectionState(table.limits, at: .now())
    }

    fileprivate func opened() {
        guard isWelcome else {
            return end(.tooMany, saying: .init(503, "overloaded", "Too many connections are open."))
        }
        look()
    }

    fileprivate func closed() {
        isEnded = true
        context = nil
        if isWelcome { table.leave() }
    }

    /// The other side has said its last.
    fileprivate func inputClosed() {
        if isEnded { context?.close(promise: nil) }
    }

    fileprivate func change(_ change: (inout ConnectionState, NIODeadline) -> Void) {
        guard !isEnded else { return }
        let now = NIODeadline.now()
        change(&state, now)
        setTimer(before: now + .seconds(table.limits.shortestSeconds))
    }

    /// The bytes are no HTTP that we take.
    fileprivate func refuse(_ error: HTTPParserError) {
        guard !isEnded else { return }
        guard state.owesNothing else { return end(.badHead, saying: nil) }
        end(
            .badHead,
            saying: error == .headerOverflow
                ? .init(431, "header_too_large", "The head of the request is too large.")
                : .init(400, "malformed_request", "This is not an HTTP request."))
    }

    private func look() {
        guard !isEnded, let context else { return }
        let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let now = NIODeadline.now()
        let (next, reason) = state.look(at: now, buffered: buffered)
        guard let reason else { return setTimer(before: max(next, now + .milliseconds(100))) }
        let words = LastWords(408, "head_too_slow", "The head of the request did not arrive in time.")
        end(reason, saying: reason == .headTooSlow ? words : nil)
    }

    private func setTimer(before deadline: NIODeadline) {
        guard deadline < timerAt, let context else { return }
        timerAt = deadline
        timer += 1
        let number = timer
        context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard number == self.timer else { return }
            self.timerAt = .distantFuture
            self.look()
        }
    }

    private func end(_ reason: ConnectionTable.Reason, saying words: LastWords?) {
        guard !isEnded, let context else { return }
        isEnded = true
        table.count(reason)
        guard let words else { return context.close(promise: nil) }
        context.writeAndFlush(NIOAny(context.channel.allocator.buffer(string: words.text)), promise: nil)
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Self.lingerSeconds)) { context.close(promise: nil) }
    }

    fileprivate var drops: Bool { isEnded }
}

extension Limits {
    /// The shortest patience with a connection: so soon after it stirred, it is looked at.
    fileprivate var shortestSeconds: Int64 {
        Int64(min(headSecondsMax, bodySecondsMax, drainSecondsMax, writeSecondsMax, idleSecondsMax))
    }
}

/// What is said to a client before its connection is closed.
private struct LastWords {
    let text: String

    init(_ status: Int, _ code: String, _ title: String) {
        let body = """
            {"type":"/docs/problems#\(code)","title":"\(title)","status":\(status),"code":"\(code)","request_id":"none"}
            """
        let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
        text =
            "HTTP/1.1 \(status) \(reason)\r\nContent-Type: application/problem+json\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(body)"
    }
}

/// At the socket: what comes and goes, in bytes.
final class ByteWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let watch: ConnectionWatch

    init(_ watch: ConnectionWatch) { self.watch = watch }

    func handlerAdded(context: ChannelHandlerContext) { watch.context = context }

    func channelActive(context: ChannelHandlerContext) {
        watch.opened()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch.closed()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { watch.inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        watch.change { $0.asked(at: $1) }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !watch.drops else { return }
        watch.change { $0.received(at: $1) }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        watch.change { state, _ in state.receivedAll() }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !watch.drops else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let bytes = unwrapOutboundIn(data).readableBytes
        watch.change { state, _ in state.wrote(bytes) }
        context.write(data, promise: promise)
    }
}

/// Behind the parser: where requests and answers begin and end.
final class PartWatch: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let watch: ConnectionWatch

    init(_ watch: ConnectionWatch) { self.watch = watch }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: watch.change { $0.headEnded(at: $1) }
        case .body: break
        case .end: watch.change { $0.requestEnded(at: $1) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { watch.change { $0.answerEnded(at: $1) } }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        watch.refuse(error)
    }
}
