import HTTPTypes
import JSONText

extension Reply {
    /// This answer with a tag of its bytes, or 304 without them where the caller's `If-None-Match` has that tag
    /// (RFC 9110, 13.1.2). For reads that are answered whole.
    package func revalidated(for call: Call) -> Reply {
        guard case .bytes(let bytes) = body else { return self }
        var reply = self
        let tag = "\"\(String(ContentTag.of(bytes), radix: 36))\""
        reply.headers[.eTag] = tag
        guard EntityTag.isNamed(tag, in: call.headers[.ifNoneMatch]) else { return reply }
        reply.status = .notModified
        reply.headers[.contentType] = nil
        reply.body = .bytes([])
        return reply
    }
}

package enum EntityTag {
    /// Whether an `If-None-Match` names a tag, strongly or weakly, or any.
    package static func isNamed(_ tag: String, in header: String?) -> Bool {
        guard let header else { return false }
        if header == tag { return true }
        return header.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " }.prefix { $0 != " " }
            return item == "*" || item == tag || item == "W/" + tag
        }
    }
}
