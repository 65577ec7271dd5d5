/// What a JSON text may take of memory and stack beyond its length.
package struct JSONLimits: Hashable, Sendable {
    /// Arrays and objects within each other.
    package var depthMax = 32
    /// Values in all, members and elements of every depth.
    package var valuesMax = 200_000
    /// Characters of one number.
    package var numberBytesMax = 64

    package init() {}
}
