package import Kernel

/// A value that writes itself as JSON.
package protocol JSONWritable: Sendable {
    func write(to json: inout JSONWriter)
}

extension JSONWritable {
    package var jsonBytes: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }
}

extension String: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Bool: JSONWritable {
    package func write(to json: inout JSONWriter) { json.bool(self) }
}

extension Int: JSONWritable {
    package func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Int32: JSONWritable {
    package func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Int64: JSONWritable {
    package func write(to json: inout JSONWriter) { json.integer(self) }
}

extension TypedID: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(description) }
}

extension ExternalID: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(text) }
}

extension Instant: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(description) }
}

extension BusinessDay: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(description) }
}

extension BasisPoints: JSONWritable {
    package func write(to json: inout JSONWriter) { json.integer(value) }
}

extension Money: JSONWritable {
    /// `{"amount": 12990, "currency": "RUB"}`
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("amount", minor)
            json.field("currency", asset.code)
        }
    }
}

extension JSONValue: JSONWritable {
    package func write(to json: inout JSONWriter) { json.value(self) }
}

extension Array: JSONWritable where Element: JSONWritable {
    package func write(to json: inout JSONWriter) { json.array(self) { $1.write(to: &$0) } }
}

extension JSONWriter {
    package mutating func field(_ name: String, _ value: some JSONWritable) {
        self.name(name)
        value.write(to: &self)
    }

    /// A member that is `null` where there is nothing.
    package mutating func field(_ name: String, _ value: (some JSONWritable)?) {
        self.name(name)
        if let value { value.write(to: &self) } else { null() }
    }

    /// A member that is left out where there is nothing.
    package mutating func fieldIfPresent(_ name: String, _ value: (some JSONWritable)?) {
        if let value { field(name, value) }
    }

    package mutating func field<Word: RawRepresentable<String>>(_ name: String, word: Word) {
        field(name, word.rawValue)
    }

    package mutating func object(_ name: String, _ members: (inout JSONWriter) throws -> Void) rethrows {
        self.name(name)
        try object(members)
    }

    package mutating func array<Element>(
        _ name: String, _ elements: some Sequence<Element>, _ write: (inout JSONWriter, Element) throws -> Void
    ) rethrows {
        self.name(name)
        try array(elements, write)
    }
}
