import Crypto
import Foundation
import HTTPTypes
import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// A whole run of the built program with all that it logs, on an outside PostgreSQL that is reached with a password: no
/// secret is anywhere but in the one answer that shows it, also while the master key is changed.
@Suite struct SecretsTests {
    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
    func `no secret is in a log, a metric, the audit, an error or a dump, and the master key is changed under a running node`()
        async throws
    {
        try await OutsidePostgres.run(named: "secrets") { postgres in
            let receiver = try await WebhookReceiver.start()
            var run = SecretRun(postgres, receiver)
            let settings = run.settings(key: run.old)
            try await ServedProgram.run(named: "secrets", environment: settings) { program in
                try await run.issue(in: program)
                try await run.provokeErrors(in: program)
                try await run.deliver(2, in: program)
                await run.stop(program)
                try await run.startWithAnotherKey(program)
                try await program.start(with: run.settings(key: run.new, previous: run.old))
                try await run.changeKeys(under: program)
                await run.stop(program)
                try await program.start(with: run.settings(key: run.new))
                try await run.deliver(1, in: program)
                try await run.read(program)
                await run.stop(program)
            }
            try await run.mistypeAddress()
            let outputs = run.outputs + [("log of PostgreSQL", postgres.log), ("dump", try await postgres.dump())]
            await receiver.stop()

            for (name, text) in outputs { #expect(run.secrets.found(in: text) == [], "\(name)") }
            #expect(run.secrets.found(in: run.shown).count > 8, "what was searched for is what was shown")
            #expect(run.secrets.count > 40)
            let debug = outputs.filter { $0.0 == "log" }.map(\.1).joined()
            #expect(debug.contains("debug") && debug.contains("issueRetailerKey"), "the log says what happened")
            #expect(outputs.contains { $0.0 == "log of PostgreSQL" && $0.1.contains("violates check constraint") })
            print("Secrets: \(run.secrets.count) forms searched for in \(outputs.count) outputs")
        }
    }
}

/// What was issued and what was written in one run.
private struct SecretRun {
    static let password = "corr3ct/h0rse@batt3ry"
    let old = SecretRun.key()
    let new = SecretRun.key()
    private let third = SecretRun.key()

    let postgres: OutsidePostgres
    let receiver: WebhookReceiver
    var secrets = IssuedSecrets()
    /// By kind: each must be free of secrets.
    var outputs: [(String, String)] = []
    /// Answers that show a secret, once.
    var shown = ""
    private var platform = ""
    private var (retailer, supplier, admin) = ("", "", "")
    /// Endpoints' secrets by the path that they are called at.
    private var hooks: [String: String] = [:]
    private var endpoints: [String] = []
    private var received = 0

    init(_ postgres: OutsidePostgres, _ receiver: WebhookReceiver) {
        self.postgres = postgres
        self.receiver = receiver
        for (key, name) in [(old, "old master key"), (new, "new master key"), (third, "wrong master key")] {
            secrets.add(base64: key, name)
        }
        for piece in Self.password.split(whereSeparator: { "/@".contains($0) }) { secrets.add(String(piece), "password") }
    }

    private static func key() -> String { Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString() }

    private var address: String {
        postgres.url(password: Self.password.replacing("/", with: "%2F").replacing("@", with: "%40"))
    }

    func settings(key: String, previous: String = "") -> [String: String] {
        [
            "DATABASE_URL": address, "TRADEWIND_LOG_LEVEL": "debug", "TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK": "true",
            "TRADEWIND_SECRET_KEY": key, "TRADEWIND_SECRET_KEY_PREVIOUS": previous, "TRADEWIND_DRAIN_SECONDS": "0",
        ]
    }

    /// One of each kind of secret that there is.
    mutating func issue(in program: ServedProgram) async throws {
        let first = try await BuiltProgram.run(["keys", "bootstrap", "--state", program.state], environment: settings(key: old))
        platform = note(String(first.output.split(separator: "\n").last ?? ""), "platform key")
        shown += first.output
        let api = ServedAPI(program: program, platform: platform)
        retailer = try await api.create(
            "/v1/retailers", ["name": "Grocer", "currency": "RUB", "zone": "Europe/Moscow", "language": "ru"])
        supplier = try await api.create("/v1/suppliers", ["name": "Dairy"])
        let home = "/v1/retailers/\(retailer)"
        let agreement = try await api.agree(home, supplier, feeBP: 0)
        let person = try await personsKey(home, api)
        admin = person
        let theirs = try await personsKey("/v1/suppliers/\(supplier)", api)
        for organisation in [home, "/v1/suppliers/\(supplier)"] {
            let key = try await issued(.post, organisation + "/keys", ["name": "k", "roles": ["analyst"]], platform, api)
            _ = try await issued(.post, "\(organisation)/keys/\(key.id)/rotate", ["overlap_seconds": 60], platform, api)
        }
        let invited = try await issued(
            .post, home + "/invitations", ["display_name": "Anna", "roles": ["analyst"]], person, api)
        let accepted = try await api.must(.post, "/v1/invitations/accept", ["token": .string(invited.token)])
        let invitedKey = note(accepted["key"]["token"].string ?? "", "invited person's key")
        shown += invitedKey
        _ = try await issued(.post, home + "/sessions", [:], person, api)
        let grant = try await api.create(
            "\(home)/agreements/\(agreement)/auditor-grants", ["name": "A", "reason": "r"], as: theirs)
        _ = try await api.must(.post, "\(home)/auditor-grants/\(grant)/grant", .null, as: person)
        _ = try await issued(.post, "\(home)/auditor-grants/\(grant)/key", .null, person, api)
        try await listen(home, api)
        try await count(home, api)
    }

    /// Endpoints, one of them with a second secret.
    private mutating func listen(_ home: String, _ api: ServedAPI) async throws {
        for number in 0..<3 {
            let made = try await api.must(
                .post, home + "/endpoints", ["url": .string(receiver.url("/hook-\(number)"))], as: admin)
            hooks["/hook-\(number)"] = note(made["secret"].string ?? "", "webhook secret")
            endpoints.append("\(home)/endpoints/\(made["id"].string ?? "")")
            shown += made["secret"].string ?? ""
        }
        let rotated = try await api.must(.post, endpoints[0] + "/rotate-secret", ["immediate": true], as: admin)
        hooks["/hook-0"] = note(rotated["secret"].string ?? "", "rotated webhook secret")
    }

    /// A supplier counts: the noise's key is made.
    private mutating func count(_ home: String, _ api: ServedAPI) async throws {
        let marketer = note(
            try await api.key("/v1/suppliers/\(supplier)", role: "marketer"), "supplier's marketer")
        try await api.must(
            .post, home + "/audiences/preview", ["predicate": ["purchase_frequency": ["gte": 1]]], as: marketer)
    }

    private mutating func personsKey(_ organisation: String, _ api: ServedAPI) async throws -> String {
        note(try await api.personsKey(organisation, role: "admin"), "admin of \(organisation)")
    }

    private mutating func issued(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue, _ key: String, _ api: ServedAPI
    ) async throws -> (id: String, token: String) {
        let made = try await api.must(method, path, body, as: key)
        let token = note(made["token"].string ?? "", path)
        shown += token
        return (made["id"].string ?? "", token)
    }

    private mutating func note(_ token: String, _ name: String) -> String {
        #expect(token.count > 40, "\(name): \(token)")
        secrets.add(token: token, name)
        return token
    }

    /// Tokens that are wrong, or in the wrong place, and statements that fail with a secret in their values.
    mutating func provokeErrors(in program: ServedProgram) async throws {
        let home = "/v1/retailers/\(retailer)"
        let wrong = String(admin.dropLast()) + (admin.hasSuffix("A") ? "B" : "A")
        secrets.add(wrong, "mistyped key")
        let json = ("Content-Type", "application/json")
        let own = ("Authorization", "Bearer \(admin)")
        let attempts: [(HTTPRequest.Method, String, [(String, String)], String)] = [
            (.get, home, [("Authorization", "Bearer \(wrong)")], ""), (.get, home, [("Authorization", admin)], ""),
            (.get, home, [("Authorization", "Basic \(admin)")], ""), (.get, "/v1/retailers/\(admin)", [own], ""),
            (.get, "\(home)/keys/\(admin)", [own], ""), (.get, "/\(admin)", [own], ""),
            (.get, "\(home)/keys?cursor=\(admin)", [own], ""), (.get, "\(home)/audit?person_id=\(admin)", [own], ""),
            (.post, "\(home)/keys", [own, json], "{\"name\": \"\(admin)\", \"roles\": [\"\(admin)\"]}"),
            (.post, "\(home)/keys", [own, json], "{\"name\": \"\(admin)"),
            (.post, "\(home)/endpoints", [own, json], "{\"url\": \"https://user:\(admin)@example.com/\"}"),
            (.post, "/v1/invitations/accept", [json], "{\"token\": \"\(wrong)\", \"key\": \"\(admin)\"}"),
            (.delete, "\(home)/sessions/\(admin)", [own], ""), (.put, home, [own, json], admin),
        ]
        for (method, path, headers, body) in attempts {
            let reply = try #require(
                try await program.client?.send(method, path, headers: headers, body: Array(body.utf8)))
            #expect((400..<500).contains(reply.status), "\(method) \(path.prefix(20)): \(reply.status)")
            outputs.append(("error", reply.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n") + reply.text))
        }
        let database = Database(DatabaseConfiguration(address: address))
        let bytes = Array((hooks["/hook-1"] ?? "").utf8)
        await #expect(throws: DatabaseError.self) {
            try await database.transaction(as: .retailer(RetailerID(Identifier(high: 1, low: 1)))) { tx in
                _ = try tx.execute("INSERT INTO server_secret (name, secret) VALUES ('x', \(Bytes(bytes)))")
            }
        }
        await database.close()
    }

    /// Each endpoint is told so many times, and each message is signed with its secret.
    mutating func deliver(_ times: Int, in program: ServedProgram) async throws {
        for _ in 0..<times {
            for endpoint in endpoints {
                let reply = try await ServedAPI(program: program, platform: platform).send(
                    .post, endpoint + "/test", nil, as: admin)
                #expect(reply.status == 202, "\(reply.text)")
            }
        }
        try await receive(times * endpoints.count)
    }

    private mutating func receive(_ more: Int) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(120))
        while receiver.requests.count < received + more, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        let fresh = receiver.requests.dropFirst(received)
        #expect(fresh.count >= more)
        for request in fresh {
            let secret = Data(base64Encoded: String((hooks[request.path] ?? "").dropFirst("whsec_".count))) ?? Data()
            let signed = Array("\(request.header("webhook-id") ?? "").\(request.header("webhook-timestamp") ?? "").".utf8)
            let code = HMAC<SHA256>.authenticationCode(for: signed + request.body, using: SymmetricKey(data: secret))
            #expect(request.header("webhook-signature") == "v1," + Data(code).base64EncodedString(), "\(request.path)")
        }
        received += fresh.count
    }

    /// A node that was given a third key does not start, and says why.
    mutating func startWithAnotherKey(_ program: ServedProgram) async throws {
        let outcome = try await BuiltProgram.run(
            ["serve", "--port", "0", "--state", program.state], environment: settings(key: third))
        outputs.append(("wrong key", outcome.output))
        #expect(!outcome.isSuccess)
        #expect(outcome.output.contains("4 secrets in the database are sealed with another master key"), "\(outcome.output)")
    }

    /// `rotate` beside a node that delivers: before, under way and after it the commands say how far it is.
    mutating func changeKeys(under program: ServedProgram) async throws {
        let both = settings(key: new, previous: old)
        let before = try await command(["secrets", "status"], both, program)
        let examined = try await command(["doctor"], both, program)
        try await deliver(1, in: program)
        let rotated = try await command(["secrets", "rotate"], both, program)
        try await deliver(1, in: program)
        let again = try await command(["secrets", "rotate"], both, program)
        let after = try await command(["secrets", "status"], settings(key: new), program)
        let stale = try await command(["secrets", "status"], settings(key: old), program)
        let healthy = try await command(["doctor"], settings(key: new), program)

        #expect(Self.counts(before.output) == [[0, 3, 0, 0], [0, 1, 0, 0]], "\(before.output)")
        #expect(examined.output.contains("4 are sealed with the previous master key, 0 stand in the clear"), "\(examined.output)")
        #expect(rotated.isSuccess && rotated.output.contains("4 secrets sealed anew"), "\(rotated.output)")
        #expect(again.isSuccess && again.output.contains("nothing was to be sealed anew"), "\(again.output)")
        #expect(Self.counts(after.output) == [[3, 0, 0, 0], [1, 0, 0, 0]], "\(after.output)")
        #expect(!stale.isSuccess && Self.counts(stale.output) == [[0, 0, 3, 0], [0, 0, 1, 0]], "\(stale.output)")
        #expect(healthy.output.contains("4 are sealed, all with the master key"), "\(healthy.output)")
    }

    private mutating func command(
        _ words: [String], _ settings: [String: String], _ program: ServedProgram
    ) async throws -> BuiltProgram.Outcome {
        let outcome = try await BuiltProgram.run(words + ["--state", program.state], environment: settings)
        outputs.append((words.joined(separator: " "), outcome.output))
        return outcome
    }

    /// The rows of `secrets status`, without their names.
    private static func counts(_ text: String) -> [[Int]] {
        text.split(separator: "\n").filter { $0.contains(" secrets ") && !$0.contains("sealed") }.map { line in
            line.split(separator: " ").compactMap { Int($0) }
        }
    }

    /// What a running node shows of itself and of the past.
    mutating func read(_ program: ServedProgram) async throws {
        let paths = [
            "/metrics", "/health/ready", "/v1/platform/audit?limit=100", "/v1/retailers/\(retailer)/audit?limit=100",
            "/v1/suppliers/\(supplier)/audit?limit=100", "/v1/platform/keys", "/v1/retailers/\(retailer)/keys",
            "/v1/retailers/\(retailer)/invitations", "/v1/retailers/\(retailer)/sessions",
            "/v1/retailers/\(retailer)/events?limit=200",
        ]
        for path in paths + endpoints + endpoints.map({ $0 + "/deliveries" }) {
            let key = path.hasPrefix("/v1/retailers/") ? admin : platform
            let reply = try await program.client?.send(.get, path, headers: [("Authorization", "Bearer \(key)")])
            #expect(reply?.status == 200, "\(path)")
            outputs.append((path, reply?.text ?? ""))
        }
        let everything = try await BuiltProgram.run(["settings"], environment: settings(key: new))
        outputs.append(("settings", everything.output))
        #expect(everything.output.contains("set to a secret"))
        #expect(outputs.contains { $0.0 == "/metrics" && $0.1.contains("tradewind_http_requests_total") })
        #expect(outputs.contains { $0.0.hasPrefix("/v1/retailers") && $0.1.contains("auditor.key_issued") })
        #expect(outputs.contains { $0.0.hasPrefix("/v1/platform/audit") && $0.1.contains("key.issued") })
    }

    mutating func stop(_ program: ServedProgram) async {
        await program.stopServer()
        outputs.append(("log", program.log))
    }

    /// The password put into the address as people do.
    mutating func mistypeAddress() async throws {
        let addresses = [
            address.replacing("%2F", with: "/").replacing("%40", with: "@"), address.replacing("%2F", with: "/"),
            address.replacing("%2F", with: "%zz"), "host=/tmp user=tradewind password=corr3ct h0rse",
            "postgresql://tradewind:\(Self.password.prefix(7))@127.0.0.1:1/tradewind",
        ]
        for (index, address) in addresses.enumerated() {
            for words in index == 0 ? [["migrate"], ["doctor"], ["serve", "--port", "0"]] : [["doctor"]] {
                let outcome = try await BuiltProgram.run(
                    words + ["--state", "/tmp/tradewind-secrets-mistyped"],
                    environment: settings(key: new).merging(["DATABASE_URL": address]) { $1 })
                #expect(!outcome.isSuccess, "\(words) \(index)")
                outputs.append(("mistyped address \(index)", outcome.output))
            }
        }
    }
}
