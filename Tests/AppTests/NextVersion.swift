import Glibc
import Postgres
import SystemPackage
import TestSupport

/// The folder of steps that the next version of the program would have: those of this one and two that expand the schema, a
/// column that may be empty and an index that is built beside the traffic.
struct NextVersion {
    let folder: FilePath
    let steps: [String]

    static func make(named name: String) throws -> NextVersion {
        let folder = FilePath("/tmp/tradewind-\(name)-\(getpid())-migrations")
        let current = try Migration.all(in: TestDatabase.migrationsFolder)
        let newest = current.last?.number ?? 0
        unsafe _ = mkdir(folder.string, 0o755)
        for step in current {
            try write(Processes.text(TestDatabase.migrationsFolder.appending(step.name)) ?? "", step.name, folder)
        }
        let (column, index) = (fileName(newest + 1, "note"), fileName(newest + 2, "note_index"))
        let worksWith = "-- works with: \(digits(newest))\n"
        try write(worksWith + "ALTER TABLE receipt ADD COLUMN till_note text;\n", column, folder)
        try write(
            worksWith + "-- outside a transaction\n"
                + "CREATE INDEX CONCURRENTLY IF NOT EXISTS transfer_by_cause_day\n    ON transfer (retailer_id, cause_kind, business_day);\n",
            index, folder)
        return NextVersion(folder: folder, steps: [column, index])
    }

    func remove() { unsafe _ = system("rm -rf \(folder)") }

    private static func fileName(_ number: Int32, _ name: String) -> String { "\(digits(number))_\(name).sql" }

    private static func digits(_ number: Int32) -> String { String("0000\(number)".suffix(4)) }

    private static func write(_ text: String, _ name: String, _ folder: FilePath) throws {
        let file = try FileDescriptor.open(
            folder.appending(name), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
    }
}
