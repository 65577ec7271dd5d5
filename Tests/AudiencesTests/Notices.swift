import Audiences
import Glibc
import Kernel
import Synchronization

/// Keeps what indexes told.
final class Notices: Sendable {
    private let all = Mutex<[IndexNotice]>([])

    @Sendable func add(_ shelf: IndexShelf, _ notice: IndexNotice) { all.withLock { $0.append(notice) } }

    private func those<Value>(_ pick: (IndexNotice) -> Value?) -> [Value] { all.withLock { $0 }.compactMap(pick) }

    var rebuilds: [IndexRebuild] { those { if case .building(let reason) = $0 { reason } else { nil } } }
    var drops: [IndexDrop] { those { if case .dropped(let reason) = $0 { reason } else { nil } } }
    var faults: [String] { those { if case .failed(let fault) = $0 { fault } else { nil } } }
    var refusedCopies: [String] { those { if case .copyRefused(let fault) = $0 { fault } else { nil } } }
    var removedCopies: [CopyRemoval] { those { if case .copyRemoved(let reason) = $0 { reason } else { nil } } }
    var loaded: Int { those { if case .loaded = $0 { true } else { nil } }.count }
    var slices: Int { those { if case .slice = $0 { true } else { nil } }.count }
    var tooLarge: Int { those { if case .tooLarge = $0 { true } else { nil } }.count }
}

/// A folder for copies.
struct CopyFolder {
    let path = "/tmp/tradewind-copies-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

    init() { unsafe _ = mkdir(path, 0o700) }

    func file(of retailer: RetailerID, _ view: IndexView = .present) -> String {
        "\(path)/\(retailer)-\(view.rawValue).index"
    }

    func files(of retailer: RetailerID) -> Int {
        IndexView.allCases.count { unsafe access(file(of: retailer, $0), F_OK) == 0 }
    }

    func bytes(of retailer: RetailerID) -> [UInt8] {
        guard let file = unsafe fopen(file(of: retailer), "r") else { return [] }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 22)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    func write(_ bytes: [UInt8], of retailer: RetailerID) {
        guard let file = unsafe fopen(file(of: retailer), "w") else { return }
        defer { unsafe fclose(file) }
        unsafe fwrite(bytes, 1, bytes.count, file)
    }

    func remove() {
        unsafe _ = system("rm -rf \(path)")
    }
}
