package import EventLog
package import HTTPSupport
import Kernel
package import Postgres
import Tenancy

extension Call {
    /// The only agreement that an auditor may look at; nil: the caller is no auditor.
    package var auditedAgreement: AgreementID? {
        if case .auditor(let mandate) = principal.organisation { AgreementID(mandate.agreement) } else { nil }
    }

    /// What an auditor looks at stands in the audit of both sides before it is answered. Of anybody else nothing is kept.
    package func recordAuditorsRead(of subject: EventSubject, in database: Database) async throws {
        guard auditedAgreement != nil else { return }
        try await database.transaction(as: scope) { tx in
            try tx.audit(Author(self), "auditor.read", about: subject, reason: nil)
        }
    }
}
