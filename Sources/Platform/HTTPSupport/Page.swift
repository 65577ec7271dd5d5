package import JSONText
package import Kernel

/// A page of a list: at most `limit` elements after a cursor. The cursor is opaque to the caller: the base64url of the
/// last element's key.
package struct PageRequest: Sendable {
    package let limit: Int
    package let after: String?

    /// Reads `?limit` (1 to 1 000, default 100) and `?cursor`.
    package init(_ fields: Fields) { self.init(fields, max: Limits.pageMax) }

    /// For lists of large elements: `?limit` is 1 to `max`, at most 100 by default.
    package init(_ fields: Fields, max: Int) {
        limit = Int(fields.integerIfPresent("limit", in: 1...Int64(max)) ?? Int64(min(max, Limits.pageDefault)))
        guard let cursor = fields.stringIfPresent("cursor", max: 1024) else {
            after = nil
            return
        }
        // PostgreSQL's text holds no NUL, so no key that was given out has one.
        after = Base64URL.decode(cursor).flatMap { $0.contains(0) ? nil : String(validating: $0, as: UTF8.self) }
        if after == nil { fields.refuse("cursor", "bad_cursor", "Is not a cursor that was given out.") }
    }

    /// The cursor's key as an id; refuses one of another list.
    package func id<Kind>(_ kind: TypedID<Kind>.Type = TypedID<Kind>.self) throws -> TypedID<Kind>? {
        guard let after else { return nil }
        guard let id = TypedID<Kind>(after) else {
            throw Problem.invalid([FieldProblem(pointer: "?cursor", code: "bad_cursor", detail: "Is of another list.")])
        }
        return id
    }
}

/// `{"data": [...], "next_cursor": "..."}`; the cursor is null on the last page.
package struct Page<Element: JSONWritable>: JSONWritable {
    private let data: [Element]
    private let next: String?

    /// `rows` were asked for with a limit of one more than the page's, so that the last page is known.
    package init(_ rows: [Element], _ request: PageRequest, key: (Element) -> String) {
        data = Array(rows.prefix(request.limit))
        next = rows.count > request.limit ? data.last.map { Base64URL.encode(Array(key($0).utf8)) } : nil
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("data", data)
            json.field("next_cursor", next)
        }
    }
}
