import App
import HTTPTypes
import JSONText
import Kernel
import Postgres
import SystemPackage
import TestSupport
import Testing

/// The disk of the private cluster is full while tills sell: they are refused, nothing that was acknowledged is lost, and
/// with room on the disk all goes on by itself.
@Suite(
    .enabled(if: BuiltProgram.path != nil, BuiltProgram.missing), .enabled(if: SmallDisk.isAvailable, SmallDisk.missing))
struct FullDiskTests {
    /// A cluster that was just made takes about 60 MB, and the server's log is there too.
    static let megabytes = 200
    static let triesMax = 400

    /// With nothing left no table grows; with a little left WAL meets the end, and PostgreSQL stops itself.
    @Test(arguments: [0, 24])
    func `tills are refused while the disk is full, and go on with room on it, with all that was acknowledged`(
        megabytesLeft: Int
    ) async throws {
        try await SmallDisk.run(on: ServedProgram.folder(named: "full-\(megabytesLeft)"), megabytes: Self.megabytes) { disk in
            try await ServedProgram.run(named: "full-\(megabytesLeft)") { program in
                let town = try await ServedTown.make(in: program, budget: RestoreTests.budget * 100, feeBP: 1_000)
                let quote = try await town.quote()
                try await disk.fill(leaving: megabytesLeft)
                let (stored, refusal) = try await sellUntilRefused(town, by: quote)
                try disk.makeRoom()
                try await AwayWatch(try #require(program.client)).until(ready: true)
                let back = try await town.insist(.post, town.path + "/receipts", ServedTown.receipt("after", by: quote))

                #expect((stored == 0) == (megabytesLeft == 0))
                #expect(refusal.status == 503, "\(refusal.text)")
                #expect(refusal.header("retry-after") != nil)
                #expect(back.status == 201, "\(back.text)")
                let day = quote["business_day"].string ?? ""
                for number in 0..<stored {
                    let reply = try await town.insist(.get, "\(town.path)/receipts/s1/\(day)/1/-/\(number)", nil)
                    #expect(reply.status == 200, "\(number): \(reply.text)")
                }
                let verify = try await BuiltProgram.run(["verify"] + program.options)
                #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(verify.output)")
                print("full disk: \(stored) receipts acknowledged, then \(refusal.status) \(refusal.text)")
            }
        }
    }

    /// Each receipt begins another segment of WAL, so that the disk is met soon. How many were acknowledged, and what the
    /// next was answered.
    private func sellUntilRefused(
        _ town: ServedTown, by quote: JSONValue
    ) async throws -> (stored: Int, refusal: TestClient.Reply) {
        let cluster = try await PrivateCluster(in: FilePath(town.program.state))
        let superuser = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        for number in 0..<Self.triesMax {
            let reply = try await town.post("receipts", ServedTown.receipt("\(number)", by: quote))
            guard reply.status == 201 else {
                await superuser.close()
                return (number, reply)
            }
            _ = try? await superuser.administer { tx in try tx.script("SELECT pg_switch_wal()") }
        }
        await superuser.close()
        throw Refused(action: "fill the disk", status: 201, body: "the disk was never full")
    }
}

extension ServedTown {
    /// Once, whatever the answer.
    fileprivate func post(_ what: String, _ body: JSONValue) async throws -> TestClient.Reply {
        try await (try #require(program.client)).sendOnce(
            .post, "\(path)/\(what)",
            headers: [("Authorization", "Bearer \(till)"), ("Content-Type", "application/json")], body: body.jsonBytes)
    }
}
