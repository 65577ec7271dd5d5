import NIOCore
import Testing

@testable import HTTPSupport

/// When a connection is cut, without a socket: times are passed in.
@Suite struct ConnectionStateTests {
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private static var limits: Limits {
        var limits = Limits()
        (limits.idleSecondsMax, limits.headSecondsMax, limits.bodySecondsMax) = (60, 10, 30)
        (limits.drainSecondsMax, limits.writeSecondsMax, limits.bulkSecondsMax) = (5, 20, 600)
        return limits
    }

    private static func look(_ state: ConnectionState, _ seconds: Int64, buffered: Int = 0) -> ConnectionTable.Reason? {
        var state = state
        return state.look(at: at(seconds), buffered: buffered).cut
    }

    @Test func `while we are at work nobody is cut`() {
        var state = ConnectionState(Self.limits, at: Self.at(0))
        state.received(at: Self.at(1))
        state.headEnded(at: Self.at(1))
        state.requestEnded(at: Self.at(1))

        #expect(Self.look(state, 10_000) == nil)
        state.answerEnded(at: Self.at(10_000))
        #expect(Self.look(state, 10_059) == nil)
        #expect(Self.look(state, 10_060) == .idle)
    }

    @Test func `a head has its time from its first byte, whatever follows`() {
        var state = ConnectionState(Self.limits, at: Self.at(0))
        for second in 50..<60 { state.received(at: Self.at(Int64(second))) }

        #expect(Self.look(state, 59) == nil)
        #expect(Self.look(state, 60) == .headTooSlow)
    }

    @Test func `silence within a body counts only while we ask for more`() {
        var state = ConnectionState(Self.limits, at: Self.at(0))
        state.received(at: Self.at(1))
        state.headEnded(at: Self.at(1))
        #expect(Self.look(state, 500) == nil, "we did not ask")
        state.asked(at: Self.at(500))
        #expect(Self.look(state, 534) == nil)
        #expect(Self.look(state, 535) == .bodyTooSlow)
        state.received(at: Self.at(530))
        #expect(Self.look(state, 564) == nil)
        #expect(Self.look(state, 601) == .bodyTooSlow, "the whole of it has its time too")
    }

    @Test func `after its answer the rest of a body has a short while`() {
        var state = ConnectionState(Self.limits, at: Self.at(0))
        state.headEnded(at: Self.at(1))
        state.answerEnded(at: Self.at(2))
        for second in 2..<7 { state.received(at: Self.at(Int64(second))) }

        #expect(Self.look(state, 6) == nil)
        #expect(Self.look(state, 7) == .bodyTooSlow)
    }

    @Test func `an answer that is not taken ends the connection, one that is taken slowly does not`() {
        var state = ConnectionState(Self.limits, at: Self.at(0))
        state.headEnded(at: Self.at(0))
        state.requestEnded(at: Self.at(0))
        state.wrote(100_000)
        let looks = [(10, 50_000), (29, 49_500), (29, 48_000), (48, 48_000), (49, 48_000)].map { seconds, buffered in
            state.look(at: Self.at(Int64(seconds)), buffered: buffered).cut
        }

        #expect(looks == [nil, nil, nil, nil, .answerNotRead], "at 29 two thousand bytes more had been taken")
    }

    @Test func `a trickle is no progress`() {
        var state = ConnectionState(Self.limits, at: Self.at(0))
        state.headEnded(at: Self.at(0))
        state.requestEnded(at: Self.at(0))
        state.wrote(100_000)
        let looks = (1...30).map { state.look(at: Self.at($0), buffered: 100_000 - Int($0)).cut }

        #expect(looks.firstIndex(of: .answerNotRead) == 19)
    }
}
