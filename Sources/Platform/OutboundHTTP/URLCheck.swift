import CLibcurl

extension AddressPolicy {
    /// Why a URL may not become an endpoint.
    package enum Refusal: Error, Hashable, Sendable {
        case notAURL
        case tooLong(bytesMax: Int)
        /// Not https, nor http where the policy has it.
        case scheme
        /// `https://user:password@host/`: it would be stored and logged.
        case userInfo
        case missingHost
        /// `fe80::1%eth0` means a network card of this machine.
        case zoneID
        /// A name in other letters is to be written in its `xn--` form: what another form becomes depends on the resolver.
        case hostNotASCII
        /// Looks like an IPv4 address and is none.
        case invalidAddress
        case blocked(BlockedRange.Purpose)
        /// A name that no public resolver knows: `printer.local`, `metadata.google.internal`.
        case internalName

        /// Stable, snake_case.
        package var code: String {
            switch self {
            case .notAURL: "not_a_url"
            case .tooLong: "url_too_long"
            case .scheme: "scheme_not_allowed"
            case .userInfo: "user_info_not_allowed"
            case .missingHost: "host_missing"
            case .zoneID: "zone_id_not_allowed"
            case .hostNotASCII: "host_not_ascii"
            case .invalidAddress: "invalid_address"
            case .blocked: "blocked_address"
            case .internalName: "internal_name"
            }
        }
    }

    package static let urlBytesMax = 2048

    /// Refuses a URL that this policy could never let through, reading it with libcurl's own parser: what is checked
    /// is what would be connected to. A name that passes may still resolve to a blocked address.
    package func check(url: String) throws(Refusal) {
        guard url.utf8.count <= Self.urlBytesMax else { throw .tooLong(bytesMax: Self.urlBytesMax) }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .notAURL }
        let parts = try URLParts(url)
        guard parts.scheme == "https" || (allowsPlainHTTP && parts.scheme == "http") else { throw .scheme }
        guard !parts.hasZoneID else { throw .zoneID }
        guard !parts.host.isEmpty else { throw .missingHost }
        try check(host: parts.host)
    }

    private func check(host: String) throws(Refusal) {
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else { throw .hostNotASCII }
        if host.hasPrefix("[") {
            guard let address = IPAddress(String(host.dropFirst().dropLast())) else { throw .notAURL }
            return try check(address)
        }
        switch NumericHost(host) {
        case .invalid: throw .invalidAddress
        case .address(let number): try check(.v4(number))
        case .name: try check(name: host)
        }
    }

    private func check(_ address: IPAddress) throws(Refusal) {
        if let purpose = blocks(address) { throw .blocked(purpose) }
    }

    private func check(name: String) throws(Refusal) {
        let labels = name.lowercased().split(separator: ".")
        guard let top = labels.last else { throw .missingHost }
        if top == "localhost" || top == "localdomain" {
            guard allowsLoopback else { throw .blocked(.loopback) }
            return
        }
        let isInternal =
            labels.count == 1 || ["local", "internal", "intranet", "lan", "home", "corp"].contains(top)
            || labels.suffix(2) == ["home", "arpa"]
        guard allowsPrivate || !isInternal else { throw .internalName }
    }
}

/// The parts of a URL that a policy looks at, as libcurl reads them.
private struct URLParts {
    let scheme: String
    /// A name, an IPv4 address, an IPv6 address in brackets, or nothing.
    let host: String
    let hasZoneID: Bool

    init(_ url: String) throws(AddressPolicy.Refusal) {
        guard let handle = unsafe curl_url() else { throw .notAURL }
        defer { unsafe curl_url_cleanup(handle) }
        switch unsafe curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER)) {
        case CURLUE_OK: break
        case CURLUE_UNSUPPORTED_SCHEME: throw .scheme
        case CURLUE_USER_NOT_ALLOWED: throw .userInfo
        case CURLUE_NO_HOST: throw .missingHost
        default: throw .notAURL
        }
        guard let scheme = unsafe Self.part(handle, CURLUPART_SCHEME) else { throw .notAURL }
        self.scheme = scheme
        host = unsafe Self.part(handle, CURLUPART_HOST) ?? ""
        hasZoneID = unsafe Self.part(handle, CURLUPART_ZONEID) != nil
    }

    private static func part(_ handle: OpaquePointer, _ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}

/// Where a URL points to, as libcurl reads it.
struct URLPlace {
    let host: String
    let port: String

    init?(_ url: String) {
        guard let handle = unsafe curl_url() else { return nil }
        defer { unsafe curl_url_cleanup(handle) }
        guard unsafe curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
            let host = unsafe Self.part(handle, CURLUPART_HOST), let port = unsafe Self.part(handle, CURLUPART_PORT)
        else { return nil }
        self.host = host
        self.port = port
    }

    private static func part(_ handle: OpaquePointer, _ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text = unsafe text else {
            return nil
        }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
