/// Why a receiver was not spoken to, as the attempt log has it.
enum BlockReason: Hashable, Sendable {
    case range(BlockedRange.Purpose)
    /// A name that no public resolver knows.
    case internalName
    /// Neither IPv4 nor IPv6.
    case noAddress

    var message: String {
        switch self {
        case .range(let purpose): "The address is not allowed: \(purpose.rawValue)."
        case .internalName: "The address is not allowed: internal_name."
        case .noAddress: "The address is not allowed: not_internet."
        }
    }
}
