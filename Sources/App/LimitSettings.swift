import HTTPSupport

/// The limits that an operator may move, one line each: the name, where it is kept, its range, its unit, what it does.
extension Setting {
    static let limits: [Setting] = [
        .integer("TRADEWIND_REQUESTS_MAX", \.limits.requestsMax, in: 1...100_000, "Requests at work at once; beyond it 503.")
    ]
}
