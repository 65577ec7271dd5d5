import Testing

@testable import Checkout

/// Which requests go together, without any I/O.
@Suite struct CommitLaneTests {
    @Test func `a request goes at once while batches are free`() {
        var lane = lane()
        #expect(lane.starts(1) == [1])
        #expect(lane.starts(2) == [2])
        #expect(lane.starts(3) == nil)
    }

    @Test func `what waits goes together when a batch ends, oldest first, up to the largest batch`() {
        var lane = lane(batchMax: 3)
        for request in 1...7 { _ = lane.starts(request) }
        #expect(lane.batchEnded() == [3, 4, 5])
        #expect(lane.batchEnded() == [6, 7])
        #expect(lane.batchEnded() == nil)
        #expect(!lane.isIdle)
        #expect(lane.batchEnded() == nil)
        #expect(lane.isIdle)
    }

    @Test func `two requests with one key never go together`() {
        var lane = lane()
        _ = lane.starts(1)
        _ = lane.starts(2)
        for request in [3, 4, 5] { _ = lane.starts(request, key: request == 5 ? 3 : request) }
        #expect(lane.batchEnded() == [3, 4])
        #expect(lane.batchEnded() == [5])
    }

    @Test func `a full lane takes nothing in until a batch ends`() {
        var lane = lane(waitingMax: 2)
        for request in 1...4 { _ = lane.starts(request) }
        guard case .full = lane.enter(5, key: 5) else {
            Issue.record("it was taken in")
            return
        }
        #expect(lane.batchEnded() == [3, 4])
        guard case .accepted(starting: nil) = lane.enter(6, key: 6) else {
            Issue.record("it was refused")
            return
        }
    }

    private func lane(batchMax: Int = 256, waitingMax: Int = 512) -> CommitLane<Int, Int> {
        var bounds = CommitBounds()
        bounds.batchMax = batchMax
        bounds.waitingMax = waitingMax
        return CommitLane(bounds)
    }
}

extension CommitLane<Int, Int> {
    /// The batch that starts when a request comes.
    fileprivate mutating func starts(_ request: Int, key: Int? = nil) -> [Int]? {
        guard case .accepted(let batch) = enter(request, key: key ?? request) else { return [-1] }
        return batch
    }
}
