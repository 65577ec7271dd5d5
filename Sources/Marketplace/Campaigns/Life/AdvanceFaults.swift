import Kernel

/// What failed while campaigns were advanced one after the other.
struct AdvanceFaults: Error, CustomStringConvertible {
    /// Told of at most; the rest is counted.
    static let toldMax = 5

    private(set) var told: [String] = []
    private(set) var count = 0

    var description: String {
        let more = count > told.count ? ["and \(count - told.count) more"] : []
        return (told + more).joined(separator: "; ")
    }

    /// False where the work failed. A cancelled task ends at once.
    @discardableResult
    mutating func collect(of campaign: CampaignID? = nil, _ work: () async throws -> Void) async throws -> Bool {
        do {
            try await work()
            return true
        } catch let error as CancellationError {
            throw error
        } catch let others as AdvanceFaults {
            count += others.count
            told += others.told.prefix(max(0, Self.toldMax - told.count))
        } catch {
            count += 1
            if told.count < Self.toldMax { told.append(campaign.map { "\($0): \(error)" } ?? "\(error)") }
        }
        return false
    }

    func check() throws(AdvanceFaults) {
        if count > 0 { throw self }
    }
}
