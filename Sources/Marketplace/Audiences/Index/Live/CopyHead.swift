import AudienceIndex
import EventLog
import JSONText
import Kernel
import Postgres
import Profiles

/// What stands before the layers of a copy.
struct CopyHead: Sendable {
    /// What the copy equals.
    let position: ProfilePosition
    let rules: [TraitName: TraitRule]
    let layers: Int

    private static let layersMax = 64

    init(position: ProfilePosition, rules: [TraitName: TraitRule], layers: Int) {
        self.position = position
        self.rules = rules
        self.layers = layers
    }

    init(stored bytes: [UInt8]) throws(IndexFile.Fault) {
        var packed = PackedTexts(bytes)
        let (words, names, stored) = (try packed.texts(), try packed.texts(), try packed.texts())
        guard words.count == 3, let layers = Int(words[2]), (0...Self.layersMax).contains(layers), names.count == stored.count
        else { throw .damaged }
        var rules: [TraitName: TraitRule] = [:]
        for (name, rule) in zip(names, stored) {
            guard let name = TraitName(rawValue: name), let rule = try? TraitRule(stored: JSONB(Array(rule.utf8))) else {
                throw .damaged
            }
            rules[name] = rule
        }
        self.init(position: ProfilePosition(snapshot: words[0], origin: words[1]), rules: rules, layers: layers)
    }

    var bytes: [UInt8] {
        var packed = PackedTexts()
        packed.put([position.snapshot, position.origin, "\(layers)"])
        let names = rules.keys.sorted()
        packed.put(names.map(\.rawValue))
        packed.put(names.compactMap { rules[$0].map { String(decoding: $0.jsonBytes, as: UTF8.self) } })
        return packed.bytes
    }
}
