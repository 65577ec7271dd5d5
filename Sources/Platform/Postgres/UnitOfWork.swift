import Glibc

/// Opens, runs and ends one transaction on a connection's thread, and runs it again where that is safe.
struct UnitOfWork: Sendable {
    let opening: [String]
    var deadline = UnitDeadline(instant: nil, statementMillisMax: 0)

    func run<Value>(on slot: ConnectionSlot, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
        var attempt = 1
        var reconnected = false
        while true {
            do {
                return try once(on: slot, body)
            } catch let error as DatabaseError where error.isTransient && attempt < Database.attemptsMax {
                pause(beforeAttempt: attempt)
                attempt += 1
            } catch DatabaseError.unavailable where slot.wasConnected && !reconnected {
                // The connection broke before COMMIT was sent, so nothing stands: a new connection may do it.
                reconnected = true
            }
        }
    }

    private func once<Value>(on slot: ConnectionSlot, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
        let millisLeft = try deadline.millisLeft()
        let connection = try slot.connection()
        connection.begin(with: opening + (millisLeft.map { ["SET LOCAL statement_timeout = \($0)"] } ?? []))
        let value: Value
        do {
            value = try body(Transaction(on: connection, until: deadline))
        } catch {
            rollback(connection, slot)
            throw error
        }
        try commit(connection, slot)
        return value
    }

    private func commit(_ connection: Connection, _ slot: ConnectionSlot) throws {
        guard !connection.hasUnsentPreamble else { return connection.dropPreamble() }
        do {
            try connection.commit()
        } catch DatabaseError.unavailable {
            slot.discard()
            throw DatabaseError.commitOutcomeUnknown
        }
    }

    private func rollback(_ connection: Connection, _ slot: ConnectionSlot) {
        connection.dropPreamble()
        guard !connection.isBroken else { return slot.discard() }
        guard connection.isInTransaction else { return }
        do { try connection.command("ROLLBACK") } catch { slot.discard() }
    }

    /// 1 to 4 ms, then 2 to 8, then 4 to 16: two that collided do not collide again.
    private func pause(beforeAttempt attempt: Int) {
        let base: UInt32 = 1_000 << UInt32(attempt - 1)
        usleep(UInt32.random(in: base...(base * 4)))
    }
}
