import HTTPSupport
import HTTPTypes
import TestSupport
import Testing

/// The contract and the routes are held against each other, both ways.
@Suite struct RouteTests {
    @Test func `every route stands in the contract, and every operation is served`() async throws {
        let contract = Set(try Contract.load().operations.map { "\($0.method) \($0.path) \($0.id)" })
        let served = Set(try await ServedRoutes.all().map { "\($0.method.rawValue) \($0.path) \($0.operation)" })

        #expect(served.subtracting(contract).sorted() == [], "served, not in the contract")
        #expect(contract.subtracting(served).sorted() == [], "in the contract, not served")
    }

    @Test func `the roles of an operation are those that the route lets in`() async throws {
        let contract = try Contract.load().operations
        for route in try await ServedRoutes.all() {
            let operation = contract.first { $0.id == route.operation }
            #expect(operation?.roles.sorted() == route.access.names, "\(route.operation)")
            #expect(operation?.isOpen == route.access.isOpen, "\(route.operation)")
        }
    }

    @Test func `an operation id names one operation`() throws {
        let ids = try Contract.load().operations.map(\.id)
        #expect(Set(ids).count == ids.count)
    }
}
