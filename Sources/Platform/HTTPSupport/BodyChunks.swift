package import Hummingbird
package import JSONText
import NIOCore

extension Call {
    /// The body of a route that takes a stream, as it arrives, of at most so many bytes.
    package func bodyChunks(bytesMax: Int) -> BodyChunks { BodyChunks(body: stream, bytesMax: bytesMax) }
}

/// The bytes of a request's body, once. Throws where there are more than allowed, or where the connection breaks.
package struct BodyChunks: AsyncSequence {
    fileprivate let body: RequestBody?
    fileprivate let bytesMax: Int

    package func makeAsyncIterator() -> Iterator {
        Iterator(base: body?.makeAsyncIterator(), bytesMax: bytesMax, bytesLeft: bytesMax)
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator?
        fileprivate let bytesMax: Int
        fileprivate var bytesLeft: Int

        package mutating func next() async throws -> [UInt8]? {
            guard let buffer = try await base?.next() else { return nil }
            bytesLeft -= buffer.readableBytes
            guard bytesLeft >= 0 else { throw NIOTooManyBytesError(maxBytes: bytesMax) }
            return Array(buffer: buffer)
        }
    }
}

extension ResponseBodyWriter {
    /// Writes values as lines of JSON.
    package mutating func write(ndjson values: [some JSONWritable]) async throws {
        var bytes: [UInt8] = []
        for value in values {
            bytes += value.jsonBytes
            bytes.append(UInt8(ascii: "\n"))
        }
        try await write(ByteBuffer(bytes: bytes))
    }

    package mutating func write(text: String) async throws {
        try await write(ByteBuffer(bytes: Array(text.utf8)))
    }

    /// After the last of it.
    package mutating func end() async throws { try await finish(nil) }
}
