import App
import Foundation
import HTTPSupport
import JSONText
import Kernel
import Logging
import Parties
import TestSupport
import Yams

/// `Contracts/openapi.yaml`, read for the tests.
struct Contract {
    struct Operation: Hashable {
        let method: String
        let path: String
        let id: String
        let roles: [String]
        let isOpen: Bool
        let pathParameters: Set<String>
        let problems: [String]
        /// Of the body that it takes; empty where it takes none.
        let mediaTypes: [String]
        /// The contract's example of a JSON body.
        let example: JSONValue?
    }

    let operations: [Operation]
    /// The types of event of its webhooks.
    let webhooks: [String]

    static let methods = ["get", "put", "post", "delete", "patch"]
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Contracts")

    static func load() throws -> Contract {
        let text = try String(contentsOf: folder.appending(path: "openapi.yaml"), encoding: .utf8)
        guard let root = try Yams.load(yaml: text) as? [String: Any], let paths = root["paths"] as? [String: [String: Any]] else {
            throw NotAContract()
        }
        return Contract(
            operations: paths.flatMap { path, item in
                methods.compactMap { method in
                    (item[method] as? [String: Any]).map { Operation(method, path, item, $0) }
                }
            },
            webhooks: Array((root["webhooks"] as? [String: Any] ?? [:]).keys))
    }

    struct NotAContract: Error {}
}

extension Contract.Operation {
    fileprivate init(_ method: String, _ path: String, _ item: [String: Any], _ operation: [String: Any]) {
        self.method = method.uppercased()
        self.path = path
        id = operation["operationId"] as? String ?? ""
        roles = operation["x-roles"] as? [String] ?? []
        problems = operation["x-problems"] as? [String] ?? []
        let bodies = (operation["requestBody"] as? [String: Any])?["content"] as? [String: [String: Any]] ?? [:]
        mediaTypes = bodies.keys.sorted()
        example = bodies["application/json"]?["example"].map(JSONValue.init(yaml:))
        isOpen = (operation["security"] as? [Any])?.isEmpty ?? false
        let parameters = (item["parameters"] as? [[String: Any]] ?? []) + (operation["parameters"] as? [[String: Any]] ?? [])
        pathParameters = Set(
            parameters.compactMap { parameter in
                if let name = parameter["name"] as? String, parameter["in"] as? String == "path" { return name }
                guard let reference = parameter["$ref"] as? String, reference.hasSuffix("ID") else { return nil }
                return Self.snakeCase(String(reference.split(separator: "/").last ?? ""))
            })
    }

    /// `RetailerID` -> `retailer_id`
    private static func snakeCase(_ name: String) -> String {
        name.dropLast(2).reduce(into: "") { text, character in
            if character.isUppercase, !text.isEmpty { text += "_" }
            text += character.lowercased()
        } + "_id"
    }
}

extension JSONValue {
    /// What Yams read.
    init(yaml value: Any) {
        switch value {
        case let flag as Bool: self = .bool(flag)
        case let number as Int: self = .integer(Int64(number))
        case let elements as [Any]: self = .array(elements.map(JSONValue.init(yaml:)))
        case let members as [String: Any]: self = .object(members.mapValues(JSONValue.init(yaml:)))
        case is NSNull: self = .null
        default: self = .string("\(value)")
        }
    }
}

/// The routes of the service, as they are served.
enum ServedRoutes {
    static func all() async throws -> [Route] {
        try await TestMarket.run { $0.marketplace.table.routes }
    }
}
