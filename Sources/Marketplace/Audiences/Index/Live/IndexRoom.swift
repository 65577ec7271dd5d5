import AudienceIndex
import Kernel
import Postgres
import Profiles
import Synchronization
import Tenancy

/// What all indexes of a node share: the database, threads, memory, and one build at a time.
final class IndexRoom: Sendable {
    let database: Database
    let world: OutsideWorld
    let bounds: IndexBounds
    let copies: IndexCopies?
    let crew: Crew
    /// Questions; and apart from them what changes indexes and writes copies.
    let questions: WorkLane
    let lane: WorkLane
    let onNotice: @Sendable (IndexShelf, IndexNotice) -> Void
    private let isBuilding = Mutex(false)
    private let sampling: SupplierSampling
    /// It never changes while a node runs.
    private let samples = Mutex<[RetailerID: ShopperSample]>([:])

    private static let workers = 2
    static let questionsMax = 256
    static let changesMax = 4_096

    init(
        _ database: Database, _ world: OutsideWorld, _ bounds: IndexBounds, _ sampling: SupplierSampling,
        _ onNotice: @escaping @Sendable (IndexShelf, IndexNotice) -> Void
    ) {
        self.database = database
        self.world = world
        self.bounds = bounds
        self.sampling = sampling
        self.onNotice = onNotice
        copies = bounds.folder.map { IndexCopies(folder: $0) }
        crew = Crew(workers: Self.workers)
        questions = WorkLane(waitingMax: Self.questionsMax)
        lane = WorkLane(waitingMax: Self.changesMax)
    }

    deinit {
        questions.close()
        lane.close()
        crew.close()
    }

    /// Of whom an index is: suppliers' is of the sample. Nil: of everybody.
    func sample(for shelf: IndexShelf) async throws -> ShopperSample? {
        guard shelf.view == .weekly, !sampling.isOfEverybody else { return nil }
        if let sample = samples.withLock({ $0[shelf.retailer] }) { return sample }
        let sample = try await database.transaction(as: .retailer(shelf.retailer)) { [sampling, world] tx in
            try sampling.sample(of: shelf.retailer, in: tx, world)
        }
        samples.withLock { $0[shelf.retailer] = sample }
        return sample
    }

    /// Throws where one index alone would pass the bound of all.
    func check(_ bytes: Int) throws {
        if bytes > bounds.bytesMax { throw TooLarge(bytes: bytes) }
    }

    /// False where another is being built.
    func startBuilding() -> Bool {
        isBuilding.withLock { isBuilding in
            defer { isBuilding = true }
            return !isBuilding
        }
    }

    func stopBuilding() { isBuilding.withLock { $0 = false } }
}

/// An index would take more memory than there may be.
struct TooLarge: Error { let bytes: Int }
