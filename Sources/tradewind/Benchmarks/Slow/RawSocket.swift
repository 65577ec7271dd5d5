import Glibc

/// A TCP connection to this machine that never waits: what cannot be done at once is tried again later.
struct RawSocket {
    let descriptor: Int32

    /// Nil where there is no descriptor or the node refuses. `receivedBytesMax` is what the kernel keeps for one that does
    /// not read.
    init?(port: Int, receivedBytesMax: Int32? = nil) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        if var bytes = receivedBytesMax {
            unsafe _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || errno == EINPROGRESS else {
            close()
            return nil
        }
    }

    /// How many bytes were taken; nil where the connection is gone.
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// What has come, at most so much; nil where the connection is gone.
    func read(bytesMax: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        if count > 0 { return Array(bytes.prefix(count)) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
    }

    func close() { _ = Glibc.close(descriptor) }

    /// Waits until one of them can be read, and says which.
    static func readable(_ descriptors: [Int32], waitMillisMax: Int32) -> [Int] {
        var polls = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let count = unsafe poll(&polls, nfds_t(polls.count), waitMillisMax)
        guard count > 0 else { return [] }
        return polls.indices.filter { polls[$0].revents != 0 }
    }
}
