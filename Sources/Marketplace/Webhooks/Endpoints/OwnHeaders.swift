import HTTPSupport
import JSONText
import Kernel
import OutboundHTTP

/// Headers that an endpoint's owner wants on each message: a token for a gateway in front of the receiver, a tenant's name.
/// Values may be credentials, so they are sealed like secrets and shown to nobody; names are shown.
///
/// A value is printable ASCII without a space at its ends, a name is a token (RFC 9110, 5.6.2) that frames nothing and signs
/// nothing: no header can end its line, become a second one, or stand in for ours.
package struct OwnHeaders: Sendable, Hashable {
    package static let countMax = 20
    package static let nameBytesMax = 64
    package static let valueBytesMax = 1024
    /// Of all names and values together.
    package static let bytesMax = 4096

    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    /// By name, without regard to case.
    package let list: [Header]

    init(_ list: [Header]) { self.list = list.sorted { $0.name.lowercased() < $1.name.lowercased() } }

    package static let none = OwnHeaders([])

    package var names: [String] { list.map(\.name) }

    /// What is sealed: a JSON object.
    var sealedBytes: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for header in list { json.field(header.name, header.value) }
        }
        return json.bytes
    }

    init(sealedBytes: [UInt8]) throws {
        guard case .object(let members) = try JSONReader.parse(sealedBytes) else {
            preconditionFailure("headers are sealed as an object")
        }
        self.init(
            members.compactMap { name, value in
                guard case .string(let text) = value else { return nil }
                return Header(name: name, value: text)
            })
    }
}

extension OwnHeaders {
    /// Why a header is not taken.
    enum Refusal: Error {
        case badName
        case reserved
        case badValue

        var detail: String {
            switch self {
            case .badName: "A name is a token of 1 to \(OwnHeaders.nameBytesMax) characters."
            case .reserved: "This header is ours or the connection's."
            case .badValue: "A value is 1 to \(OwnHeaders.valueBytesMax) printable ASCII characters, no space at its ends."
            }
        }
    }

    static func check(_ name: String, _ value: String) throws(Refusal) -> Header {
        guard (1...nameBytesMax).contains(name.utf8.count), name.utf8.allSatisfy(OutboundRequest.isTokenByte) else {
            throw .badName
        }
        guard !isReserved(name.lowercased()) else { throw .reserved }
        guard (1...valueBytesMax).contains(value.utf8.count), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
            value.first != " ", value.last != " "
        else { throw .badValue }
        return Header(name: name, value: value)
    }

    /// What frames a message (RFC 9110, 7.6.1), what tells of its body, what Standard Webhooks and we set ourselves, and what
    /// speaks for a proxy or a browser.
    private static func isReserved(_ name: String) -> Bool {
        reservedNames.contains(name) || reservedPrefixes.contains { name.hasPrefix($0) }
    }

    private static let reservedNames: Set<String> = [
        "host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect", "http2-settings",
        "user-agent", "accept", "accept-encoding", "date", "via", "forwarded", "range",
    ]
    private static let reservedPrefixes = ["content-", "webhook-", "proxy-", "sec-", "x-forwarded-"]
}

extension Fields {
    /// An object of names and values; absent is nil, an empty one takes all headers away.
    func ownHeadersIfPresent(_ name: String) -> OwnHeaders? {
        guard let value = value(name) else { return nil }
        guard case .object(let members) = value else {
            refuse(name, "not_an_object", "Must be a JSON object.")
            return nil
        }
        guard members.count <= OwnHeaders.countMax else {
            refuse(name, "too_many_headers", "At most \(OwnHeaders.countMax).")
            return nil
        }
        let headers = members.sorted { $0.key < $1.key }.compactMap { header(name, $0.key, $0.value) }
        if Set(headers.map { $0.name.lowercased() }).count < headers.count {
            refuse(name, "repeated", "A header is named twice; case does not tell names apart.")
        }
        if headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count }) > OwnHeaders.bytesMax {
            refuse(name, "headers_too_large", "At most \(OwnHeaders.bytesMax) bytes of names and values.")
        }
        return OwnHeaders(headers)
    }

    /// The refusal stands at the whole object: a bad name or value is not repeated.
    private func header(_ field: String, _ name: String, _ value: JSONValue) -> OwnHeaders.Header? {
        let text = if case .string(let text) = value { text } else { "" }
        do throws(OwnHeaders.Refusal) {
            return try OwnHeaders.check(name, text)
        } catch {
            switch error {
            case .badName: refuse(field, "bad_header_name", error.detail)
            case .reserved: refuse(field, "reserved_header", error.detail)
            case .badValue: refuse(field, "bad_header_value", error.detail)
            }
            return nil
        }
    }
}
