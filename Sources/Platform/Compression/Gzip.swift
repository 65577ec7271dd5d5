/// Whole gzip streams at once, for what fits in memory.
package enum Gzip {
    package static func compress(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
        let encoder = GzipEncoder(level: level)
        return encoder.feed(bytes) + encoder.finish()
    }

    package static func decompress(_ bytes: [UInt8], limits: GzipLimits) throws(GzipDecoder.Failure) -> [UInt8] {
        let decoder = GzipDecoder(limits: limits)
        decoder.feed(bytes)
        var output: [UInt8] = []
        while let piece = try decoder.next() { output += piece }
        try decoder.finish()
        return output
    }
}
