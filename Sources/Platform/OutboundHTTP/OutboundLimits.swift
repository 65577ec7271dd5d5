/// What a client may take of the machine, and a receiver of the client.
package struct OutboundLimits: Hashable, Sendable {
    /// Requests that libcurl works on at once. A request beyond it waits where no timeout counts against its receiver.
    package var inFlightMax = 256
    /// Requests that wait for one of those places; the next one is abandoned with `queueFull`.
    package var waitingMax = 4096
    /// Of the answer, headers included; then the exchange is cut off.
    package var answerBytesMax = 64 * 1024
    /// Of the answer's body, kept for the attempt log.
    package var answerBytesKept = 20_000
    /// A pooled connection that was idle for longer is not used again: its receiver may have forgotten it.
    package var idleConnectionSecondsMax = 60

    package init() {}
}
