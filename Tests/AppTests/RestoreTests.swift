import App
import HTTPTypes
import JSONText
import Kernel
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A backup is what was restored from it: a private cluster is brought back to a moment between two receipts, and then,
/// after both server and PostgreSQL were killed, to its end.
@Suite struct RestoreTests {
    static let budget: Int64 = 100_000

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing), .timeLimit(.minutes(10)))
    func `a restore to a moment between two receipts has the first alone, and one to the end has both`() async throws {
        let backups = ServedProgram.folder(named: "backups")
        let (past, end) = (ServedProgram.folder(named: "past"), ServedProgram.folder(named: "end"))
        try await ServedProgram.run(named: "backed-up", environment: ["TRADEWIND_BACKUP_FOLDER": backups.string]) { program in
            let town = try await ServedTown.make(in: program, budget: Self.budget, feeBP: 1_000)
            let taken = try await BuiltProgram.run(["backup", "--state", program.state, "--to", backups.string])
            let day = try await sell("first", in: town)
            let spentThen = try await town.spend()
            let moment = OutsideWorld.real.now()
            _ = try await sell("second", in: town)
            let spentAtLast = try await town.spend()
            let flushed = try await BuiltProgram.run(["backup", "flush", "--state", program.state, "--to", backups.string])
            let back = try await restore(backups, to: past, ["--to", "\(moment)"])
            await program.killServer()
            try await program.killPostgres()
            let wal = FilePath(program.state).appending("postgres/pg_wal")
            let whole = try await restore(backups, to: end, ["--wal", wal.string])

            #expect(taken.isSuccess && flushed.isSuccess, "\(taken.output)\(flushed.output)")
            #expect(back.isSuccess && back.output.contains("nothing was found"), "\(back.output)")
            #expect(whole.isSuccess && whole.output.contains("nothing was found"), "\(whole.output)")
            print("restore: \(taken.output)\(back.output)\(whole.output)")
            #expect(spentThen["captured"] != spentAtLast["captured"])
            try await expect(["first": 200, "second": 404], day, spentThen, in: town, servedFrom: "past")
            try await expect(["first": 200, "second": 200], day, spentAtLast, in: town, servedFrom: "end")
        }
        _ = try await Subprocess.run(.path("/bin/rm"), arguments: ["-rf", backups.string], output: .discarded)
    }

    private func restore(_ backups: FilePath, to state: FilePath, _ more: [String]) async throws -> BuiltProgram.Outcome {
        try await BuiltProgram.run(["restore", "--from", backups.string, "--state", state.string] + more)
    }

    /// Serves the restored state and looks: the receipts, the money, the books.
    private func expect(
        _ receipts: [String: Int], _ day: String, _ spend: [String: Int64], in town: ServedTown, servedFrom name: String
    ) async throws {
        try await ServedProgram.run(named: name) { program in
            let restored = ServedTown(
                program: program, retailer: town.retailer, campaign: town.campaign, till: town.till, approver: town.approver)
            for (number, status) in receipts {
                let reply = try await restored.insist(.get, "\(town.path)/receipts/s1/\(day)/1/-/\(number)", nil)
                #expect(reply.status == status, "\(name): \(number) \(reply.text)")
            }
            #expect(try await restored.spend() == spend, "\(name)")
            let verify = try await BuiltProgram.run(["verify", "--state", program.state])
            #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(verify.output)")
        }
    }

    /// One receipt with its discount, acknowledged; its business day.
    private func sell(_ number: String, in town: ServedTown) async throws -> String {
        let quote = try await town.insist(
            .post, town.path + "/quotes", ServedTown.quote(of: "h1", base: ServedTown.basePrice)
        ).json
        let given = quote["lines"][0]["discounts"][0]
        let discount: JSONValue = [
            "campaign_id": given["campaign_id"], "amount": given["amount"], "quote_id": quote["quote_id"],
        ]
        let receipt: JSONValue = [
            "store_id": "s1", "till": "1", "business_day": quote["business_day"], "number": .string(number), "kind": "sale",
            "sold_at": .string("\(OutsideWorld.real.now())"), "shopper_id": "h1",
            "lines": [ServedTown.line(ServedTown.basePrice, discounts: [discount])],
        ]
        let reply = try await town.insist(.post, town.path + "/receipts", receipt)
        #expect(reply.status == 201, "\(reply.text)")
        return quote["business_day"].string ?? ""
    }
}
