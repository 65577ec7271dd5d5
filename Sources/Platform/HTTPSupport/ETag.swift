import HTTPTypes
package import Kernel

/// What a caller believes it edits, by the version that it last read (RFC 9110, 13.1.1). Versions are strong tags,
/// `"7"`; a weak or foreign tag matches nothing.
package enum IfMatch: Hashable, Sendable {
    /// `*`: whatever stands there.
    case any
    case tags([String])

    /// Refuses an edit of another version than the one that stands.
    package func check(_ version: Int64) throws(IfMatchRefusal) {
        switch self {
        case .any: return
        case .tags(let tags): guard tags.contains(entityTag(version)) else { throw .changed }
        }
    }
}

package enum IfMatchRefusal: Refusal {
    case missing, changed

    package var problem: Problem {
        switch self {
        case .missing:
            Problem(
                428, "if_match_required", "This edit needs an If-Match header.",
                detail: "Send the ETag of the version that you read.")
        case .changed:
            Problem(412, "version_changed", "The thing has changed since it was read.", detail: "Read it again, then edit.")
        }
    }
}

extension Call {
    /// The precondition that an edit must bring.
    package func ifMatch() throws(IfMatchRefusal) -> IfMatch {
        guard let precondition = ifMatchIfPresent() else { throw .missing }
        return precondition
    }

    /// The precondition of a write that may do without one.
    package func ifMatchIfPresent() -> IfMatch? {
        guard let header = headers[.ifMatch] else { return nil }
        let tags = header.split(separator: ",").map { String($0.drop { $0 == " " }.prefix { $0 != " " }) }
        return tags == ["*"] ? .any : .tags(tags)
    }
}

extension Reply {
    /// This reply with the version of what it shows, to be sent back as `If-Match`.
    package func tagged(version: Int64) -> Reply {
        var reply = self
        reply.headers[.eTag] = entityTag(version)
        return reply
    }
}

private func entityTag(_ version: Int64) -> String { "\"\(version)\"" }
