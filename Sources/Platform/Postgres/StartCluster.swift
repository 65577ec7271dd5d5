import SystemPackage

extension PrivateCluster {
    /// How long what a killed postmaster left behind may stand in the way of a start, and how long its children may: one
    /// ends with its statement.
    static let (remainsSecondsMax, childrenSecondsMax): (Int64, Int64) = (15, 120)

    /// Makes the cluster where it is missing, starts it where it does not run, waits until it takes connections, and makes
    /// the database. After a crash that takes as long as there is WAL to read: `waiting` hears of it, then every ten seconds.
    /// True where a running cluster was adopted.
    @discardableResult
    package func start(
        settings: [String: String] = [:], waiting: @escaping @Sendable (Duration) -> Void = { _ in }
    ) async throws -> Bool {
        try await prepareSocketFolder()
        if try await !owner.exists(dataFolder.appending("PG_VERSION")) { try await initialise() }
        let adopted = try await isRunning()
        do {
            if !adopted { try await startPostmaster(settings, waiting: waiting) }
        } catch let fault as ClusterFault {
            guard hasPostmaster else { throw fault }
        }
        try await waitUntilReady(waiting)
        try await makeDatabase()
        return adopted
    }

    private func waitUntilReady(_ waiting: @escaping @Sendable (Duration) -> Void) async throws {
        let file = PostmasterFile(in: dataFolder)
        var wait = Wait(telling: waiting)
        while !file.saysReady {
            guard file.namesLiving else {
                throw ClusterFault.failed(command: "the start of PostgreSQL", output: try await lastLines())
            }
            try await wait.sleep(millis: 50)
        }
    }

    private func initialise() async throws {
        try await owner.mustRun(
            programs.initdb,
            [
                "-D", dataFolder.string, "-U", "postgres", "--auth=trust", "--data-checksums", "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
    }

    /// Where a postmaster was killed, its children hold the shared memory until they notice: it is tried again. That
    /// memory, not the file, keeps two postmasters apart, so a dead one's file may go.
    func startPostmaster(_ settings: [String: String], waiting: @escaping @Sendable (Duration) -> Void = { _ in }) async throws {
        let file = PostmasterFile(in: dataFolder)
        let hasRemains = file.exists
        var wait = Wait(telling: waiting)
        while true {
            if file.namesZombie { try await owner.mustRun("/bin/rm", ["-f", file.path.string]) }
            do {
                return try await launchPostmaster(settings)
            } catch let fault as ClusterFault {
                let lines = try await lastLines()
                let secondsMax = lines.contains("is still in use") ? Self.childrenSecondsMax : Self.remainsSecondsMax
                guard hasRemains, wait.time < .seconds(secondsMax) else { throw fault.adding(lines) }
            }
            try await wait.sleep(millis: 100)
        }
    }

    private func launchPostmaster(_ settings: [String: String]) async throws {
        var all = [
            "listen_addresses": "", "unix_socket_directories": socketFolder.string, "max_connections": "100",
            "shared_buffers": "256MB", "max_wal_size": "4GB", "jit": "off", "timezone": "UTC", "log_timezone": "UTC",
        ]
        all.merge(Self.quietLog) { $1 }
        all.merge(settings) { _, given in given }
        let options = all.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(ShellWord.quoted($0.value))" }.joined(separator: " ")
        try await owner.mustRun(
            programs.pgCtl,
            [
                "start", "-D", dataFolder.string, "-l", log.string, "-w", "-t", "60", "-o", options,
            ])
    }

    /// Its log has no statement, no parameter and no value of a row: DETAIL, where values are, is left out with `terse`.
    package static let quietLog = [
        "log_min_messages": "warning", "log_min_error_statement": "panic", "log_error_verbosity": "terse",
        "log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0", "log_statement": "none",
        "log_min_duration_statement": "-1",
    ]

    private func makeDatabase() async throws {
        let maintenance = Database(DatabaseConfiguration(address: superuserAddress()))
        let exists = try await maintenance.administer { tx in
            try tx.script(
                """
                DO $$ BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradewind') THEN
                        CREATE ROLE tradewind LOGIN NOINHERIT;
                    END IF;
                    GRANT pg_monitor TO tradewind;
                END $$
                """)
            return try tx.first("SELECT 1 FROM pg_database WHERE datname = \(Self.database)") { row in try row.next(Int32.self) }
        }
        if exists == nil { try await maintenance.createDatabase(Self.database) }
        await maintenance.close()
    }
}

/// A wait of which somebody is told at once and then every ten seconds.
private struct Wait {
    private static let tellingSeconds: Int64 = 10

    private let started = ContinuousClock.now
    private var next = ContinuousClock.now
    private let tell: @Sendable (Duration) -> Void

    init(telling tell: @escaping @Sendable (Duration) -> Void) { self.tell = tell }

    var time: Duration { ContinuousClock.now - started }

    mutating func sleep(millis: Int64) async throws {
        if ContinuousClock.now >= next {
            tell(time)
            next += .seconds(Self.tellingSeconds)
        }
        try await Task.sleep(for: .milliseconds(millis))
    }
}
