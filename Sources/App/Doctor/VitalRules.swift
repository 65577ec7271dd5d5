/// What the doctor says of a server's vitals. Pure. The alert rules in docs/deploy have the same bounds.
enum VitalRules {
    static let snapshotSecondsWarning: Int64 = 60
    static let snapshotSecondsBad: Int64 = 900
    static let transactionAgeWarning: Int64 = 500_000_000
    static let transactionAgeBad: Int64 = 1_500_000_000
    static let slotBytesWarning: Int64 = 4 << 30
    static let replicationBytesWarning: Int64 = 256 << 20

    static func findings(_ vitals: Vitals) -> [Finding] {
        [snapshot(vitals), age(vitals), sessions(vitals)] + replication(vitals)
    }

    private static func snapshot(_ vitals: Vitals) -> Finding {
        let seconds = vitals.oldestSnapshotMicros / 1_000_000
        let what = "the oldest snapshot is \(seconds) s old"
        let advice = "end what holds it: a dump, a report, a session that forgot to commit (at-night.md, oldest snapshot)"
        if seconds >= snapshotSecondsBad { return .bad("snapshot", what, advice) }
        if seconds >= snapshotSecondsWarning { return .warning("snapshot", what, advice) }
        guard vitals.seesAll else {
            return .warning(
                "snapshot", what + ", of this login's sessions", "GRANT pg_monitor to the login, to see those of others too")
        }
        return .ok("snapshot", what)
    }

    private static func age(_ vitals: Vitals) -> Finding {
        let what = "the oldest unfrozen row is \(vitals.transactionAge) transactions old"
        let advice = "let VACUUM (FREEZE) run; PostgreSQL stops taking writes at 2 100 million"
        if vitals.transactionAge >= transactionAgeBad { return .bad("vacuum", what, advice) }
        if vitals.transactionAge >= transactionAgeWarning { return .warning("vacuum", what, advice) }
        return .ok("vacuum", what)
    }

    private static func sessions(_ vitals: Vitals) -> Finding {
        let what = "\(vitals.connections) of \(vitals.connectionsMax) sessions are taken, \(vitals.lockWaits) wait for a lock"
        guard vitals.connections * 10 < vitals.connectionsMax * 8 else {
            return .warning("sessions", what, "raise max_connections, or lower TRADEWIND_CONNECTIONS of the nodes")
        }
        return .ok("sessions", what)
    }

    private static func replication(_ vitals: Vitals) -> [Finding] {
        var findings: [Finding] = []
        if vitals.slotBytes >= slotBytesWarning {
            findings.append(
                .warning(
                    "replicas", "a slot keeps \(MachineRules.gigabytes(vitals.slotBytes)) of WAL",
                    "bring its reader back, or pg_drop_replication_slot it before the disk is full"))
        }
        if vitals.replicationLagBytes >= replicationBytesWarning {
            findings.append(
                .warning(
                    "replicas", "a standby is \(vitals.replicationLagBytes >> 20) MiB behind",
                    "see its disk, its network and its log"))
        }
        guard findings.isEmpty else { return findings }
        let standbys = "\(vitals.standbys) standbys, \(vitals.replicationLagBytes >> 20) MiB behind"
        return vitals.standbys == 0 ? [] : [.ok("replicas", standbys)]
    }
}
