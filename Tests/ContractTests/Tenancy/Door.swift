import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport

/// Who stands at an organisation's door: somebody who is invited, and an admin at work in a browser. Their ids by the name of
/// their path parameter.
extension TestMarket {
    func openDoor(of retailer: RetailerID, marker: String) async throws -> [String: String] {
        let admin = try await key(of: retailer, .admin, person: try await makePerson(of: retailer, .admin))
        return try await openDoor(at: "/v1/retailers/\(retailer)", admin, marker)
    }

    func openDoor(of supplier: SupplierID, marker: String) async throws -> [String: String] {
        let admin = try await key(of: supplier, .admin, person: try await makePerson(of: supplier, .admin))
        return try await openDoor(at: "/v1/suppliers/\(supplier)", admin, marker)
    }

    private func openDoor(at path: String, _ admin: KeyToken, _ marker: String) async throws -> [String: String] {
        let invited = try await post("\(path)/invitations", as: admin, ["display_name": .string(marker), "roles": ["analyst"]])
        let opened = try await post("\(path)/sessions", as: admin, ["seconds": 3_600])
        for reply in [invited, opened] where reply.status != 201 {
            throw Refused(action: "open the door", status: reply.status, body: reply.text)
        }
        return ["invitation_id": invited.json["id"].string ?? "", "session_id": opened.json["id"].string ?? ""]
    }
}
