/// How much a gzip stream may inflate to before it is refused: a kilobyte of it can hold a megabyte, and it comes from
/// outside.
package struct GzipLimits: Hashable, Sendable {
    /// The ratio is looked at only beyond so much output: a small text of one letter is no attack.
    package static let ratioFreeBytes = 64 * 1024

    /// The sum of all members, inflated.
    package let outputBytesMax: Int
    /// Inflated bytes for each compressed one, over the whole stream so far. Deflate itself ends at 1032.
    package let ratioMax: Int

    package init(outputBytesMax: Int, ratioMax: Int = 100) {
        precondition(outputBytesMax >= 0 && ratioMax > 0, "a limit is positive")
        self.outputBytesMax = outputBytesMax
        self.ratioMax = ratioMax
    }
}
