import HTTPTypes
import JSONText
import NIOCore
import Synchronization
import TestSupport

/// A client that knows all nodes of an installation, as a till's library would: where a connection is refused, or closed
/// before the first byte of an answer, the same request goes to the next node. No answer is sent for again, whatever it is.
final class NodesClient: Sendable {
    /// After all nodes refused.
    static let pauseMillis: Int64 = 20
    static let attemptsMax = 500

    struct Tally: Sendable {
        var requests = 0
        var retries = 0
        /// Answers of 500 and above, as they read.
        var faults: [String] = []
        /// Answers that were cut in the middle, which no client may repeat by this rule.
        var cuts = 0
    }

    private struct State {
        var nodes: [TestClient]
        var next = 0
        var tally = Tally()
    }

    private let state: Mutex<State>

    init(_ nodes: [TestClient]) { state = Mutex(State(nodes: nodes)) }

    var tally: Tally { state.withLock { $0.tally } }

    /// A node has come back, at another port.
    func replace(_ place: Int, by node: TestClient) { state.withLock { $0.nodes[place] = node } }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue, as key: String
    ) async throws -> TestClient.Reply {
        let headers = [("Authorization", "Bearer \(key)"), ("Content-Type", "application/json")]
        state.withLock { $0.tally.requests += 1 }
        var last: any Error = NodesDown()
        for attempt in 0..<Self.attemptsMax {
            do {
                let reply = try await node().sendOnce(method, path, headers: headers, body: body.jsonBytes)
                if reply.status >= 500 { state.withLock { $0.tally.faults.append("\(reply.status) \(reply.text)") } }
                return reply
            } catch let cut as TestClient.Cut where cut.afterFirstByte {
                state.withLock { $0.tally.cuts += 1 }
                throw cut
            } catch {
                last = error
                state.withLock { $0.tally.retries += 1 }
                if attempt % 2 == 1 { try await Task.sleep(for: .milliseconds(Self.pauseMillis)) }
            }
        }
        throw last
    }

    /// One after the other.
    private func node() -> TestClient {
        state.withLock { state in
            state.next += 1
            return state.nodes[state.next % state.nodes.count]
        }
    }
}

private struct NodesDown: Error {}
