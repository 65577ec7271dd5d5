import Glibc

/// A connection of the sink: requests one after the other, each answered as soon as its body is there. Confined to its thread.
@safe final class SinkConnection {
    private static let room = 512 * 1024
    private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    private let descriptor: Int32
    /// What has come, a NUL after it.
    private let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: SinkConnection.room + 1)
    private var filled = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { unsafe bytes.deallocate() }

    func close() { _ = Glibc.close(descriptor) }

    /// False where the client has gone.
    func read(_ handle: (UnsafePointer<CChar>) -> Void) -> Bool {
        let count = unsafe recv(descriptor, bytes + filled, Self.room - filled, Int32(MSG_DONTWAIT))
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        filled += count
        unsafe bytes[filled] = 0
        while let size = requestSize() {
            let next = unsafe bytes[size]
            unsafe bytes[size] = 0
            unsafe handle(bytes)
            unsafe bytes[size] = next
            let sent = unsafe send(descriptor, Self.answer, Self.answer.count, Int32(MSG_NOSIGNAL))
            guard sent == Self.answer.count else { return false }
            unsafe _ = memmove(bytes, bytes + size, filled - size + 1)
            filled -= size
        }
        return filled < Self.room
    }

    /// Of the request at the front, once all of it has come.
    private func requestSize() -> Int? {
        guard let end = unsafe strstr(bytes, "\r\n\r\n") else { return nil }
        let head = unsafe end - bytes + 4
        let length = unsafe Self.value(of: "Content-Length: ", in: bytes).flatMap { Int($0) }
        let size = head + (length ?? 0)
        return size <= filled ? size : nil
    }

    /// A header as libcurl sends it; nil where there is none.
    static func value(of name: String, in request: UnsafePointer<CChar>) -> String? {
        guard let place = unsafe strstr(request, name) else { return nil }
        let start = unsafe place + name.utf8.count
        guard let end = unsafe strstr(start, "\r\n") else { return nil }
        let count = unsafe end - start
        return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
