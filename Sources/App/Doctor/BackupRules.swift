import Kernel

/// What the doctor says of backups. Pure.
enum BackupRules {
    static let baseHoursWarning: Int64 = 26
    static let baseHoursBad: Int64 = 8 * 24

    /// `backups` are those in the configured folder, oldest first.
    static func findings(
        _ configuration: Configuration, _ vitals: Vitals?, _ backups: [BaseBackup], now: Instant
    ) -> [Finding] {
        guard configuration.databaseURL == nil else { return outside(vitals) }
        guard configuration.backupFolder != nil else {
            return [
                .warning("backup", "no archive is kept", "set TRADEWIND_BACKUP_FOLDER, or what is on this disk is all there is")
            ]
        }
        return archive(vitals) + [base(backups.last, now)]
    }

    private static func archive(_ vitals: Vitals?) -> [Finding] {
        guard let vitals else { return [] }
        guard let archive = vitals.archive else {
            return [.bad("backup", "PostgreSQL runs without the archive", "restart `serve`: archive_mode is read at its start")]
        }
        guard !archive.isFailing else {
            return [
                .bad("backup", "WAL cannot be archived and piles up", "see postgres.log, and the disk and rights of the folder")
            ]
        }
        return [.ok("backup", "\(archive.archived) segments of WAL were archived since the statistics began")]
    }

    private static func base(_ newest: BaseBackup?, _ now: Instant) -> Finding {
        guard let newest else { return .bad("backup", "there is no base backup", "tradewind backup") }
        let hours = (now.microseconds - newest.finishedAt.microseconds) / 3_600_000_000
        let what = "the newest base backup is \(hours) h old"
        if hours >= baseHoursBad { return .bad("backup", what, "tradewind backup; and see why the timer does not") }
        if hours >= baseHoursWarning { return .warning("backup", what, "tradewind backup; and see why the timer does not") }
        return .ok("backup", what)
    }

    /// Base backups of an outside PostgreSQL lie where we cannot look.
    private static func outside(_ vitals: Vitals?) -> [Finding] {
        guard let vitals else { return [] }
        guard let archive = vitals.archive else {
            return [.warning("backup", "archive_mode is off", "archive WAL, or have pg_receivewal fetch it (backup.md)")]
        }
        guard !archive.isFailing else {
            return [.bad("backup", "WAL cannot be archived and piles up", "see the server's log and its archive_command")]
        }
        return [.ok("backup", "\(archive.archived) segments of WAL were archived since the statistics began")]
    }
}
