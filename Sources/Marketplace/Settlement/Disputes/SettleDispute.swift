import EventLog
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// Another person agrees to what was upheld: the discount goes back from payable to the wallet, and its part of the fee with
/// it. The transfers stand in the statement that is open now. Never more than is left of the line: what returns gave back
/// meanwhile is not given twice, and a later return finds what went back here.
struct SettleDispute: Sendable {
    let step: DisputeStep

    func run(in tx: borrowing Transaction, by author: Author) throws -> Dispute {
        let before = try step.lock(in: tx)
        guard case .upheld(_, let minor) = before.progress else { throw Dispute.Refusal.wrongState(before.state) }
        let (retailer, asset) = (step.books.retailer, step.books.asset)
        guard let wallet = try tx.wallet(before.wallet, of: retailer) else { throw Problem.notFound("wallet") }
        let payable = SharedAccount.payable(asset, owner: before.supplier)
        let fee = SharedAccount.fee(asset)
        var plan = PostingPlan()
        plan.accounts = [wallet.account, before.line.account]
        plan.opening = [payable, fee]
        var posting = try tx.openPosting(plan, of: retailer)
        let paid = try tx.paid(before.line, at: retailer)
        guard minor <= paid.leftMinor else { throw Dispute.Refusal.beyondLine }
        let feeMinor = paid.fee(with: minor)
        let back = transfer(before, minor, Dispute.causeKind, from: payable, to: wallet)
        let feeBack = feeMinor > 0 ? transfer(before, feeMinor, Dispute.feeCauseKind, from: fee, to: wallet) : nil
        let after = try before.settling(
            Dispute.GivenUp(minor: minor, feeMinor: feeMinor, transfer: back.id, feeTransfer: feeBack?.id),
            by: Signature(author))
        for transfer in [back] + (feeBack.map { [$0] } ?? []) { try posting.post(transfer) }
        try tx.settle(posting, at: author.world.now())
        return try step.finish(before, after, "dispute.settled", in: tx, by: author)
    }

    private func transfer(
        _ dispute: Dispute, _ minor: Int64, _ cause: String, from debit: SharedAccount, to wallet: Wallet
    ) -> NewTransfer {
        NewTransfer(
            id: DerivedID.make(step.books.retailer, key: "\(dispute.id)", leg: cause), kind: .correction,
            debit: debit.id(at: step.books.retailer), credit: wallet.account,
            amount: Money(minor: minor, asset: step.books.asset), campaign: dispute.line.campaign.value,
            cause: EventSubject(kind: cause, id: "\(dispute.id)"), businessDay: step.books.today)
    }
}
