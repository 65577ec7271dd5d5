package import HTTPSupport
package import JSONText
package import Kernel
package import Parties

/// How deep a percentage is for whom: for those of whom a rule is true its depth, of several rules the first that is named, and
/// for everybody else another. The deepest of all is the campaign's reward, by which it is judged and approved.
package struct DepthByShopper: Sendable, Hashable {
    package struct Part: Sendable, Hashable {
        package let rule: DepthRule
        package let depth: BasisPoints

        package init(rule: DepthRule, depth: BasisPoints) {
            self.rule = rule
            self.depth = depth
        }
    }

    /// At least one, each rule once.
    package let parts: [Part]
    package let otherwise: BasisPoints

    package init(parts: [Part], otherwise: BasisPoints) {
        self.parts = parts
        self.otherwise = otherwise
    }

    /// Each once, rising.
    package var depths: [BasisPoints] { Set(parts.map(\.depth) + [otherwise]).sorted() }
    package var least: BasisPoints { depths[0] }
    package var most: BasisPoints { depths[depths.count - 1] }

    /// The same by these rules alone.
    package func keeping(_ on: Set<DepthRule>) -> DepthByShopper {
        DepthByShopper(parts: parts.filter { on.contains($0.rule) }, otherwise: otherwise)
    }
}

extension DepthByShopper: JSONWritable {
    /// `{"rules": [{"rule": "missing_category", "depth_bp": 2500}, ...], "otherwise_bp": 1500}`.
    package init(_ fields: Fields) {
        let depth = { (fields: Fields, name: String) in
            BasisPoints(stored: Int32(fields.integer(name, in: 1...Int64(BasisPoints.whole))))
        }
        parts = fields.objects("rules", count: 1...DepthRule.allCases.count) { part in
            Part(rule: part.word("rule", DepthRule.self), depth: depth(part, "depth_bp"))
        }
        otherwise = depth(fields, "otherwise_bp")
        if Set(parts.map(\.rule)).count < parts.count { fields.refuse("rules", "repeated", "A rule stands in it once.") }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("rules", parts) { json, part in
                json.object { json in
                    json.field("rule", word: part.rule)
                    json.field("depth_bp", part.depth)
                }
            }
            json.field("otherwise_bp", otherwise)
        }
    }
}
