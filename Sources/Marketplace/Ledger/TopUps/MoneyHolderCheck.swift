import Kernel
import Parties
import Tenancy

extension MoneyHolder {
    enum Refusal: Kernel.Refusal {
        case notMoneyHolder

        var problem: Problem {
            Problem(403, "not_money_holder", "Only the treasurer of whoever holds the money may say this.")
        }
    }

    /// Passes the organisation into whose bank account the supplier pays, and nobody else.
    func check(_ principal: Principal) throws(Refusal) {
        switch (self, principal.organisation) {
        case (.retailer, .retailer), (.platform, .platform): return
        default: throw .notMoneyHolder
        }
    }
}
