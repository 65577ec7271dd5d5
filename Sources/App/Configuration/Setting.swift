import SystemPackage

/// One thing that an operator may set by an environment variable. The table of all of them is `Setting.all`; the page
/// `docs/configuration.md` is printed from it.
package struct Setting: Sendable {
    package let name: String
    /// What a value must be, for people: `0 to 65535`.
    package let values: String
    /// What holds where nothing is set.
    package let fallback: String
    package let purpose: String
    /// The value is shown nowhere, in no message either.
    package let isSecret: Bool
    /// False where the text is no such value.
    private let assign: @Sendable (inout Configuration, String) -> Bool

    package init(
        _ name: String, values: String, fallback: String, isSecret: Bool = false, _ purpose: String,
        assign: @escaping @Sendable (inout Configuration, String) -> Bool
    ) {
        self.name = name
        self.values = values
        self.fallback = fallback
        self.purpose = purpose
        self.isSecret = isSecret
        self.assign = assign
    }

    func apply(_ text: String, to configuration: inout Configuration) throws {
        guard assign(&configuration, text) else {
            throw Configuration.Fault.bad(name: name, value: isSecret ? "..." : text, expected: values)
        }
    }

    /// Why a value is refused; nil where it is good.
    package func fault(of text: String) -> String? {
        var scratch = Configuration()
        do {
            try apply(text, to: &scratch)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension Setting {
    typealias Path<Value> = WritableKeyPath<Configuration, Value> & Sendable

    /// A whole number within a range. `unit` is the word behind it: `seconds`, `bytes`.
    static func integer<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ path: any Path<Number>, in range: ClosedRange<Number>, unit: String = "", _ purpose: String
    ) -> Setting {
        let behind = unit.isEmpty ? "" : " \(unit)"
        return Setting(
            name, values: "\(range.lowerBound) to \(range.upperBound)\(behind)",
            fallback: "\(Configuration()[keyPath: path])\(behind)", purpose
        ) { configuration, text in
            guard let number = Number(text), range.contains(number) else { return false }
            configuration[keyPath: path] = number
            return true
        }
    }

    /// One of a few words.
    static func word<Word: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: any Path<Word>, _ purpose: String
    ) -> Setting {
        Setting(
            name, values: "one of " + Word.allCases.map(\.rawValue).joined(separator: ", "),
            fallback: Configuration()[keyPath: path].rawValue, purpose
        ) { configuration, text in
            guard let word = Word(rawValue: text) else { return false }
            configuration[keyPath: path] = word
            return true
        }
    }

    static func flag(_ name: String, _ path: any Path<Bool>, _ purpose: String) -> Setting {
        Setting(name, values: "true or false", fallback: "\(Configuration()[keyPath: path])", purpose) { configuration, text in
            guard let flag = ["true": true, "1": true, "false": false, "0": false][text] else { return false }
            configuration[keyPath: path] = flag
            return true
        }
    }

    static func text(_ name: String, _ path: any Path<String>, values: String, _ purpose: String) -> Setting {
        Setting(name, values: values, fallback: Configuration()[keyPath: path], purpose) { configuration, text in
            configuration[keyPath: path] = text
            return true
        }
    }

    static func folder(_ name: String, _ path: any Path<FilePath>, fallback: String, _ purpose: String) -> Setting {
        Setting(name, values: "a path", fallback: fallback, purpose) { configuration, text in
            configuration[keyPath: path] = FilePath(text)
            return true
        }
    }

    /// One that may be left out.
    static func optionalFolder(_ name: String, _ path: any Path<FilePath?>, fallback: String, _ purpose: String) -> Setting {
        Setting(name, values: "a path", fallback: fallback, purpose) { configuration, text in
            configuration[keyPath: path] = FilePath(text)
            return true
        }
    }

    /// A value that is shown nowhere. `assign` says whether the text is one.
    static func secret(
        _ name: String, values: String, fallback: String, _ purpose: String,
        assign: @escaping @Sendable (inout Configuration, String) -> Bool
    ) -> Setting {
        Setting(name, values: values, fallback: fallback, isSecret: true, purpose, assign: assign)
    }
}
