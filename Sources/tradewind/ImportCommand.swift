import App
import ArgumentParser
import HTTPSupport
import Kernel
import Postgres
import Receipts

/// Loads a file, or a published data set's folder, straight into the database: the same as the API does with a body.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Load receipts and other files in bulk.",
        discussion: """
            NDJSON or CSV by the file's name (.ndjson, .jsonl, .csv, each maybe with .gz). With --layout the path is the \
            folder of a data set. Stopped in the middle, the same command with --import-id goes on where it was.
            """)

    @OptionGroup var common: InstanceOptions

    @Argument(help: "What the file holds: stores, products, prices, price_bounds, shoppers, tags or receipts.")
    var kind: ImportWord

    @Argument(help: "The file, or the folder of a data set.")
    var path: String

    @Option(help: "The retailer, like retailer_01j...")
    var retailer: String

    @Option(help: "native, complete-journey, sort-of-real or x5.")
    var layout: ImportLayoutName = .native

    @Option(help: "Who a brand owner of the data set is here, as ITS_ID=supplier_01j...; once for each.")
    var supplier: [String] = []

    @Option(help: "An import to go on with.")
    var importID: String?

    func run() async throws {
        guard let retailerID = RetailerID(retailer) else { throw ValidationError("--retailer is not an id of a retailer") }
        let configuration = try common.configuration()
        let keys = kind == .receipts ? try MasterKeys(configuration, in: .real) : nil
        try await DatabaseHome.with(configuration) { home in
            try await load(into: ImportTarget(home.database, retailerID, in: .real), keys)
        }
    }

    private func load(into target: ImportTarget, _ keys: MasterKeys?) async throws {
        let kinds = Marketplace.importKinds(quoteKey: keys?.quoteKey)
        guard let kind = kinds.make(kind) else { throw ValidationError("this kind cannot be loaded") }
        let request = try request(in: target.world)
        StandardOutput.print("\(request.id) of \(request.name.isEmpty ? path : request.name)")
        let result = try await run(kind, request, target)
        print(
            "\(result.id) \(result.state.rawValue): \(result.counts.linesRead) lines, \(result.counts.accepted) accepted, "
                + "\(result.counts.replayed) replayed, \(result.counts.rejected) rejected" + discounts(of: result))
    }

    private func discounts(of load: Import) -> String {
        load.counts.claimedMinor == 0
            ? "" : ", discounts \(load.counts.claimedMinor), of which \(load.counts.fundedMinor) are paid (minor units)"
    }

    private func request(in world: OutsideWorld) throws -> ImportRequest {
        let name = String(path.split(separator: "/").last ?? "")
        let format: ImportFormat = layout == .native && plainName.hasSuffix(".csv") ? .csv : .ndjson
        guard let importID else { return ImportRequest(id: world.newID(), format: format, name: String(name.prefix(200))) }
        guard let id = ImportID(importID) else { throw ValidationError("--import-id is not an id of an import") }
        return ImportRequest(id: id, mustExist: true, format: format)
    }

    private func suppliers() throws -> [ExternalID: SupplierID] {
        try supplier.reduce(into: [:]) { suppliers, pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let owner = try? ExternalID(parts[0]), let id = SupplierID(parts[1]) else {
                throw ValidationError("--supplier is not ITS_ID=supplier_...: \(pair)")
            }
            suppliers[owner] = id
        }
    }

    private var plainName: String { path.hasSuffix(".gz") ? String(path.dropLast(3)) : path }

    private func run<Kind: ImportKind>(_ kind: Kind, _ request: ImportRequest, _ target: ImportTarget) async throws -> Import {
        let layout = try layout.make(kind.word, suppliers: try suppliers())
        let files = layout.map { layout in type(of: layout).files.map { "\(path)/\($0)" } } ?? [path]
        let progress = ImportProgress(bytesTotal: files.reduce(0) { $0 + (FileBytes.size(of: $1) ?? 0) })
        defer { progress.end() }
        let isGzip = layout == nil && path.hasSuffix(".gz")
        let run = RunImport(kind, to: target, isGzip: isGzip) { progress.advanced($0) }
        if let layout {
            return try await run.run(
                request, from: LayoutBytes(layout: layout, folder: path) { progress.read($0) })
        }
        return try await run.run(request, from: FileBytes(path: path) { progress.read($0) })
    }
}

extension ImportWord: ExpressibleByArgument {}
extension ImportLayoutName: ExpressibleByArgument {}
