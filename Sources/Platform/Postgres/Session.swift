package import Kernel

/// Who a unit of work is for PostgreSQL: the role that it takes on and the settings that the row-level policies read,
/// each as a literal `SET LOCAL` in the pipeline of BEGIN (LEDGER_AND_WEBHOOKS rule 26 says why a literal).
package struct Session: Hashable, Sendable {
    let statements: [String]

    /// `role` and the names of settings are program text; values are ids or words of the program.
    package init(role: StaticString, settings: [Setting] = []) {
        statements =
            ["SET LOCAL ROLE \(role)"]
            + settings.map { "SET LOCAL \($0.name) = '\($0.value)'" }
    }

    private init(statements: [String]) { self.statements = statements }

    /// The same, with commits that are not waited for: a crash of PostgreSQL may forget the last of them (three times
    /// `wal_writer_delay`, 0.6 s), in order and each as a whole. For work that is done again where it is forgotten.
    package var committingLazily: Session { Session(statements: statements + ["SET LOCAL synchronous_commit = off"]) }

    /// A setting such as `app.retailer_id`.
    package struct Setting: Hashable, Sendable {
        let name: String
        let value: String

        package init(_ name: StaticString, id: Identifier) {
            self.name = "\(name)"
            value = "\(id)"
        }

        package init(_ name: StaticString, word: StaticString) {
            self.name = "\(name)"
            value = "\(word)"
        }
    }
}
