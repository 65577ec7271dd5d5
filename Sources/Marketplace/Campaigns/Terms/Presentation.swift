package import HTTPSupport
package import JSONText
import Kernel

/// The words on the offer, by language (DOMAIN 16). What is not given has a default by the kind of funding, in Offers.
package struct Presentation: Hashable, Sendable {
    package static let languagesMax = 16
    package static let titleCharactersMax = 200
    package static let termsCharactersMax = 4_000

    package var label: [String: String] = [:]
    package var title: [String: String] = [:]
    package var terms: [String: String] = [:]
    package var legal = Legal()

    /// What advertising must say of itself in some countries.
    package struct Legal: Hashable, Sendable {
        package var advertiser: String?
        package var adToken: String?
        package var termsURL: String?

        package init(advertiser: String? = nil, adToken: String? = nil, termsURL: String? = nil) {
            self.advertiser = advertiser
            self.adToken = adToken
            self.termsURL = termsURL
        }
    }

    package init() {}
}

extension Presentation: JSONWritable {
    package init(_ fields: Fields) {
        label = fields.byLanguage("label", max: Self.titleCharactersMax)
        title = fields.byLanguage("title", max: Self.titleCharactersMax)
        terms = fields.byLanguage("terms", max: Self.termsCharactersMax, multiline: true)
        legal =
            fields.objectIfPresent("legal") { legal in
                Legal(
                    advertiser: legal.stringIfPresent("advertiser", max: 500),
                    adToken: legal.stringIfPresent("ad_token", max: 200),
                    termsURL: legal.webAddressIfPresent("terms_url"))
            } ?? Legal()
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.byLanguage("label", label)
            json.byLanguage("title", title)
            json.byLanguage("terms", terms)
            json.object("legal") { json in
                json.field("advertiser", legal.advertiser)
                json.field("ad_token", legal.adToken)
                json.field("terms_url", legal.termsURL)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func byLanguage(_ name: String, _ texts: [String: String]) {
        object(name) { json in
            for (language, text) in texts.sorted(by: { $0.key < $1.key }) { json.field(language, text) }
        }
    }
}

extension Fields {
    /// `{"ru": "...", "en": "..."}`; a language is a short BCP 47 tag.
    fileprivate func byLanguage(_ name: String, max: Int, multiline: Bool = false) -> [String: String] {
        guard case .object(let members)? = value(name) else {
            if value(name) != nil { refuse(name, "not_an_object", "Must be an object by language.") }
            return [:]
        }
        if members.count > Presentation.languagesMax {
            refuse(name, "bad_length", "Must have at most \(Presentation.languagesMax) languages.")
        }
        for language in members.keys.sorted() where !language.isLanguageTag {
            refuse(name, "not_a_language", "\(language.prefix(16)) is not a language tag like en or pt-BR.")
        }
        return objectIfPresent(name) { texts in
            members.keys.sorted().reduce(into: [:]) { $0[$1] = texts.string($1, max: max, multiline: multiline) }
        } ?? [:]
    }

    fileprivate func webAddressIfPresent(_ name: String) -> String? {
        let text = stringIfPresent(name, max: 2_000)
        if let text, !text.hasPrefix("https://") || text.utf8.contains(UInt8(ascii: " ")) {
            refuse(name, "not_an_address", "Must be an https address.")
        }
        return text
    }
}

extension String {
    fileprivate var isLanguageTag: Bool {
        (2...16).contains(utf8.count)
            && utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || $0 == UInt8(ascii: "-")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }
}
