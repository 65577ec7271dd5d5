package enum ClusterFault: Error, CustomStringConvertible {
    case postgresNotInstalled
    case noPostgresUser
    case folderUnreachable(String)
    case socketFolderNotOurs(String)
    case archiveUnreachable(String)
    case notArchived(String)
    case folderTaken(String)
    case targetNotReached(last: String?)
    case failed(command: String, output: String)

    package var description: String {
        switch self {
        case .postgresNotInstalled: "PostgreSQL 15 or newer is not installed: apt-get install postgresql"
        case .noPostgresUser: "PostgreSQL refuses to run as root and there is no user postgres: apt-get install postgresql"
        case .folderUnreachable(let path):
            "the user postgres can reach neither \(path) nor /var/lib/tradewind: let it pass through the folders above one of "
                + "them (chmod o+x), name another folder with TRADEWIND_STATE, or run the program as a user that is not root"
        case .socketFolderNotOurs(let path): "\(path) exists and is not a private folder of the cluster's user; remove it"
        case .archiveUnreachable(let path): "the cluster's user cannot write to \(path): give it the folder"
        case .notArchived(let segment):
            "\(segment) did not reach the archive: see postgres.log, and the disk and rights of the archive's folder"
        case .folderTaken(let path): "\(path) exists: restore into a state folder that has no cluster"
        case .targetNotReached(let last):
            "the archive ends before that moment"
                + (last.map { ": the last transaction in it is of \($0)" } ?? " and has no transaction at all")
                + ". Restore to the end of it (without --to), or add the dead cluster's WAL with --wal"
        case .failed(let command, let output): "\(command) failed: \(output)"
        }
    }

    /// With more of what a command said.
    func adding(_ lines: String) -> ClusterFault {
        if case .failed(let command, let output) = self { .failed(command: command, output: output + lines) } else { self }
    }
}
