import Kernel

/// What the doctor says of a server. Pure.
enum ServerRules {
    static let versionMin: Int32 = 150_000
    static let skewMillisWarning: Int64 = 100
    static let skewMillisBad: Int64 = 2_000
    /// Sessions of operators, backups and other nodes.
    static let sessionsSpare: Int64 = 10

    static func findings(_ facts: ServerFacts, _ configuration: Configuration, today: BusinessDay) -> [Finding] {
        [version(facts), clock(facts)] + settings(facts, configuration) + fences(facts)
            + [indexes(facts), months(facts, today), vacuum(facts)] + VitalRules.findings(facts.vitals)
    }

    private static func version(_ facts: ServerFacts) -> Finding {
        guard facts.versionNumber >= versionMin else {
            return .bad("postgresql", "version \(facts.version)", "15 or newer is needed")
        }
        return .ok("postgresql", "version \(facts.version), schema \(facts.schema ?? "none")")
    }

    private static func clock(_ facts: ServerFacts) -> Finding {
        let millis = facts.clockSkew.micros / 1000
        let what = "the database's clock is \(abs(millis)) ms \(millis < 0 ? "behind" : "ahead of") this machine's"
        let advice = "let both follow the same time servers (chronyc tracking)"
        if abs(millis) > skewMillisBad { return .bad("clock", what, advice) }
        if abs(millis) > skewMillisWarning { return .warning("clock", what, advice) }
        return .ok("clock", "the database's clock agrees with this machine's")
    }

    private static func settings(_ facts: ServerFacts, _ configuration: Configuration) -> [Finding] {
        let wrong = ["fsync": "on", "full_page_writes": "on", "data_checksums": "on", "autovacuum": "on"]
            .filter { facts.settings[$0.key] != $0.value }.keys.sorted()
        var findings = wrong.map { name in
            let advice =
                name == "data_checksums"
                ? "stop PostgreSQL and run pg_checksums --enable" : "set it to on: what was acknowledged may be lost without"
            return Finding.bad("settings", "\(name) is \(facts.settings[name] ?? "unknown")", advice)
        }
        let commit = facts.settings["synchronous_commit"] ?? "unknown"
        if commit == "off" {
            findings.append(.bad("settings", "synchronous_commit is off", "set it to on: a crash loses acknowledged receipts"))
        }
        let needed = Int64(configuration.connectionsMax) + sessionsSpare
        if facts.vitals.connectionsMax < needed {
            findings.append(
                .warning(
                    "settings", "max_connections is \(facts.vitals.connectionsMax)",
                    "\(needed) are needed for this node and \(sessionsSpare) to spare; raise it or lower TRADEWIND_CONNECTIONS"))
        }
        let good = "fsync, full_page_writes, checksums and autovacuum are on, synchronous_commit is \(commit)"
        return findings.isEmpty ? [.ok("settings", good)] : findings
    }

    private static func fences(_ facts: ServerFacts) -> [Finding] {
        var findings: [Finding] = []
        if facts.loginIsSuperuser {
            findings.append(
                .bad("fences", "the login passes by row-level security", "use a login that is no superuser and has no BYPASSRLS"))
        }
        if !facts.missingRoles.isEmpty {
            findings.append(.bad("fences", "roles are missing: \(list(facts.missingRoles))", "run `tradewind migrate`"))
        }
        if !facts.strongRoles.isEmpty {
            findings.append(
                .bad(
                    "fences", "these roles are too strong: \(list(facts.strongRoles))",
                    "ALTER ROLE ... NOLOGIN NOSUPERUSER NOBYPASSRLS"))
        }
        if !facts.unfencedTables.isEmpty {
            findings.append(
                .bad(
                    "fences", "no forced row-level security on \(list(facts.unfencedTables))",
                    "ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; find out who changed it"))
        }
        guard findings.isEmpty else { return findings }
        return [.ok("fences", "row-level security is forced on \(facts.tables) tables, no role passes by it")]
    }

    private static func indexes(_ facts: ServerFacts) -> Finding {
        guard facts.invalidIndexes.isEmpty else {
            return .bad(
                "indexes", "not valid: \(list(facts.invalidIndexes))",
                "REINDEX INDEX CONCURRENTLY, or drop what a broken-off build has left")
        }
        return .ok("indexes", "all \(facts.indexes) are valid")
    }

    /// The log of attempts is the one table whose months are made ahead; the others make theirs with the first row.
    private static func months(_ facts: ServerFacts, _ today: BusinessDay) -> Finding {
        guard let newest = facts.newestMonths["delivery_attempt"] else {
            return .ok("months", "delivery_attempt has none yet: the first retailer's deliveries make them")
        }
        let next = today.startOfMonth.adding(days: 31).startOfMonth
        let (this, ahead) = (compact(today), compact(next))
        guard newest >= this else {
            return .bad("months", "delivery_attempt has no month \(this)", "start `serve`: it makes this month and the next")
        }
        guard newest >= ahead else {
            return .warning("months", "delivery_attempt has no month \(ahead) yet", "a running `serve` makes it within the day")
        }
        return .ok("months", "delivery_attempt is ready up to \(newest)")
    }

    private static func vacuum(_ facts: ServerFacts) -> Finding {
        guard facts.unvacuumed.isEmpty else {
            return .warning(
                "vacuum", "more dead rows than live ones in \(list(facts.unvacuumed))",
                "look for an old snapshot first; then VACUUM (ANALYZE) them")
        }
        return .ok("vacuum", "no table has more than \(ServerFacts.deadRowsMin) dead rows and fewer live ones")
    }

    private static func compact(_ day: BusinessDay) -> String { "\(day)".prefix(7).filter { $0 != "-" } }

    private static func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}
