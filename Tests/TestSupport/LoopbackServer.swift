import Glibc
import Synchronization

/// A receiver on 127.0.0.1: blocking sockets, one thread for each connection, HTTP/1.1 with keep-alive.
package final class LoopbackServer: Sendable {
    package struct Received: Sendable {
        package let head: String
        package let body: [UInt8]
    }

    package enum Reply: Sendable {
        case bytes([UInt8])
        /// Says so much and closes.
        case cut([UInt8])
        /// Never answers; the connection stays open until the client leaves.
        case hang
        /// A body that goes on for as long as the client reads.
        case endless
        /// A header that goes on so.
        case endlessHeaders
        /// A byte of the body each time that so much has passed, for as long as the client reads.
        case drip(everyMillis: UInt32)
        /// Closes with RST.
        case reset

        package static func status(_ line: String, headers: [String] = [], body: String = "") -> Reply {
            let head = ["HTTP/1.1 \(line)", "Content-Length: \(body.utf8.count)"] + headers
            return .bytes(Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
        }
    }

    package let port: UInt16
    private let listener: Int32
    private let reply: @Sendable (Received) -> Reply
    private let log = Mutex<(received: [Received], connections: Int)>(([], 0))

    /// - Parameter greeting: sent to each connection before anything is read from it.
    package init(isListening: Bool = true, greeting: String? = nil, reply: @escaping @Sendable (Received) -> Reply) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.reply = reply
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(unsafe bind(listener, $0, size) == 0)
                unsafe getsockname(listener, $0, &size)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isListening else { return }
        listen(listener, 1024)
        onThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                log.withLock { $0.connections += 1 }
                onThread { [self] in
                    if let greeting { _ = Self.write(Array(greeting.utf8), to: connection) }
                    serve(connection)
                    Glibc.close(connection)
                }
            }
        }
    }

    package var received: [Received] { log.withLock { $0.received } }
    package var connectionCount: Int { log.withLock { $0.connections } }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func serve(_ connection: Int32) {
        while let request = Self.read(from: connection) {
            log.withLock { $0.received.append(request) }
            switch reply(request) {
            case .bytes(let bytes): guard Self.write(bytes, to: connection) else { return }
            case .cut(let bytes):
                _ = Self.write(bytes, to: connection)
                return
            case .hang:
                var byte: UInt8 = 0
                while unsafe recv(connection, &byte, 1, 0) > 0 {}
                return
            case .endless:
                let chunk = [UInt8](repeating: 120, count: 4096)
                _ = Self.write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), to: connection)
                while Self.write(chunk, to: connection) {}
                return
            case .endlessHeaders:
                _ = Self.write(Array("HTTP/1.1 200 OK\r\n".utf8), to: connection)
                while Self.write(Array("X-More: and more\r\n".utf8), to: connection) {}
                return
            case .drip(let millis):
                _ = Self.write(Array("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n".utf8), to: connection)
                while Self.write([120], to: connection) { usleep(millis * 1_000) }
                return
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
    }

    private static func read(from connection: Int32) -> Received? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
                let missing = end.upperBound + (length ?? 0) - bytes.count
                if missing <= 0 { return Received(head: head, body: Array(bytes[end.upperBound...])) }
            }
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private static func write(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(connection, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
}

private func onThread(_ run: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = unsafe Unmanaged.passRetained(ThreadBody(run: run)).toOpaque()
    unsafe pthread_create(
        &thread, nil,
        { box in
            unsafe Unmanaged<ThreadBody>.fromOpaque(box!).takeRetainedValue().run()
            return nil
        }, box)
    pthread_detach(thread)
}
