package import Kernel
package import Parties
package import Tenancy

extension MoneyHolder {
    package enum Refusal: Kernel.Refusal {
        case notMoneyHolder

        package var problem: Problem {
            Problem(403, "not_money_holder", "Only the treasurer of whoever holds the money may say this.")
        }
    }

    /// Passes the organisation into whose bank account the supplier pays, and nobody else.
    package func check(_ principal: Principal) throws(Refusal) {
        switch (self, principal.organisation) {
        case (.retailer, .retailer), (.platform, .platform): return
        default: throw .notMoneyHolder
        }
    }
}
