import Parties
import Testing

@Suite struct AgreementStateTests {
    /// Every state with every transition; what is not listed is refused.
    static let table: [AgreementState: [AgreementTransition: AgreementState]] = [
        .draft: [.sign: .signed],
        .signed: [.activate: .active, .end: .ended],
        .active: [.suspend: .suspended, .end: .ended],
        .suspended: [.resume: .active, .end: .ended],
        .ended: [:],
    ]

    @Test(arguments: AgreementState.allCases, AgreementTransition.allCases)
    func `a transition leads where the diagram says, and nowhere else`(_ state: AgreementState, _ transition: AgreementTransition)
    {
        #expect(state.after(transition) == Self.table[state]?[transition])
    }
}
