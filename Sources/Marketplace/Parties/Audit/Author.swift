package import HTTPSupport
package import Kernel
package import Tenancy

/// Who causes a write, and the world in which it happens: what every command needs besides its request.
package struct Author: Sendable {
    package let principal: Principal
    package let scope: Scope
    package let requestID: String
    package let world: OutsideWorld

    package init(_ call: Call) {
        principal = call.principal
        scope = call.scope
        requestID = call.requestID
        world = call.world
    }

    package init(principal: Principal, scope: Scope, requestID: String, world: OutsideWorld) {
        self.principal = principal
        self.scope = scope
        self.requestID = requestID
        self.world = world
    }
}
