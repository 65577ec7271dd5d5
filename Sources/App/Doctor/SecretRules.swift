import Sealing

/// What the doctor says of the secrets in the database. Pure.
enum SecretRules {
    /// `box` is nil where there is no master key.
    static func finding(_ censuses: [SealCensus], _ box: SecretBox?) -> Finding {
        let standing = censuses.map { $0.standing(before: box) }.reduce(SealCensus.Standing(), +)
        let lost = standing.unknown.values.reduce(0, +)
        if lost > 0 {
            return .bad(
                "secrets",
                "\(lost) are sealed with a master key that is not given (\(standing.unknown.keys.sorted().joined(separator: ", ")))",
                box == nil ? "put the key back" : "set the key that was in use, also as TRADEWIND_SECRET_KEY_PREVIOUS")
        }
        if standing.due > 0 {
            return .warning(
                "secrets", "\(standing.previous) are sealed with the previous master key, \(standing.plain) stand in the clear",
                "tradewind secrets rotate")
        }
        if box?.previousKeyID != nil {
            return .warning(
                "secrets", "the previous master key is given and nothing is sealed with it",
                "take it away a day after the change: quotes of that day are signed with it")
        }
        return .ok("secrets", "\(standing.current) are sealed, all with the master key")
    }
}
