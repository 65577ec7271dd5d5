import App
import Glibc
import HTTPSupport
import Logging

/// The kernel's limit on open files: each connection is one.
enum FileDescriptors {
    /// PostgreSQL, files, and what libraries hold.
    private static let ownMax = 500

    /// Raises it as far as this process may, and says so where that is too little for the connections that are allowed.
    static func raise(for configuration: Configuration, _ logger: Logger) {
        let wanted = configuration.limits.connectionsMax + ownMax
        let open = raise(to: wanted)
        guard open < wanted else { return }
        logger.warning(
            "fewer files may be open than connections are allowed", metadata: ["files": "\(open)", "wanted": "\(wanted)"])
    }

    /// The limit from now on, at most the hard one.
    @discardableResult
    static func raise(to wanted: Int) -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        if limit.rlim_cur < rlim_t(wanted) {
            limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
            unsafe _ = setrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit)
            guard unsafe getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
