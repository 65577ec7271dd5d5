import Foundation
import JSONText

/// Every secret of a run, in each form in which it could stand somewhere: as its text, its bytes in hexadecimal, in both
/// alphabets of base64.
struct IssuedSecrets: Sendable {
    private(set) var names: [String: String] = [:]

    /// Texts to look for.
    var count: Int { names.count }

    /// A text that is a secret as a whole: a password, a URL's piece.
    mutating func add(_ text: String, _ name: String) { names[text] = name }

    /// A key in either alphabet of base64.
    mutating func add(base64 text: String, _ name: String) {
        add(text, name)
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while standard.count % 4 != 0 { standard += "=" }
        guard let bytes = Data(base64Encoded: standard) else { return }
        add(bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(), name)
        let unpadded = standard.replacing("=", with: "")
        add(unpadded, name)
        add(unpadded.replacing("+", with: "-").replacing("/", with: "_"), name)
    }

    /// `tw_test_<id>_<secret>`, `whsec_<secret>`: the whole and what is secret of it.
    mutating func add(token: String, _ name: String) {
        add(token, name)
        let secret = token.hasPrefix("whsec_") ? token.dropFirst("whsec_".count) : token.suffix(43)
        add(base64: String(secret), name)
    }

    /// The names of secrets that stand in a text.
    func found(in text: String) -> Set<String> {
        Set(names.filter { text.contains($0.key) }.map(\.value))
    }
}
