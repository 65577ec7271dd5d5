/// What happens to indexes, for the log and the metrics.
package enum IndexNotice: Sendable {
    case building(IndexRebuild)
    case slice(IndexSlice)
    case built(shoppers: Int, bytes: Int, millis: Int64)
    /// From its copy.
    case loaded(shoppers: Int, bytes: Int)
    /// The copy is not used; the index is built.
    case copyRefused(String)
    case copyNotWritten(String)
    case copyRemoved(CopyRemoval)
    /// So many shoppers were looked at again, as their facts had changed.
    case followed(shoppers: Int)
    /// It would take more memory than there may be; the oracle answers.
    case tooLarge(bytes: Int)
    case dropped(IndexDrop)
    case failed(String)
}

/// Why an index is built from PostgreSQL.
package enum IndexRebuild: String, Sendable, CaseIterable {
    /// There is no copy, or none that may be used.
    case start
    /// A day has closed, or a setting that profiles depend on has changed.
    case moment
    /// What changed since is no longer known.
    case behind
    /// More shoppers changed than are looked at one by one.
    case many
}

/// Why an index is let go.
package enum IndexDrop: String, Sendable, CaseIterable { case idle, memory }
