/// Answers for names in place of the system's resolver, anew for each request: what a name server in strange hands could say,
/// one thing while a URL is checked and another when it is connected to. What libcurl connects to passes the address policy
/// all the same.
struct Resolver: Sendable {
    /// Addresses of a name, in the order in which they are tried, IPv6 without brackets. Nil: the system is asked.
    private let addresses: @Sendable (String) -> [String]?

    init(addresses: @escaping @Sendable (String) -> [String]?) { self.addresses = addresses }

    /// What libcurl's CURLOPT_RESOLVE takes: forget the last answer, take this one.
    func lines(for url: String) -> [String]? {
        guard let place = URLPlace(url), let answer = addresses(place.host) else { return nil }
        let list = answer.map { $0.contains(":") ? "[\($0)]" : $0 }.joined(separator: ",")
        return ["-\(place.host):\(place.port)", "\(place.host):\(place.port):\(list)"]
    }
}
