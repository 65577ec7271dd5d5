import CLibpq

/// One libpq connection. Confined to the thread that opened it; nothing here may be called from another.
///
/// Statements are prepared on first use and kept by their text; a group of statements goes in one libpq pipeline, so
/// that it costs one round trip.
@safe final class Connection {
    /// Prepared statements kept for a connection; beyond it all are dropped and prepared anew.
    static let preparedMax = 500

    private let handle: OpaquePointer
    private let pulse: Pulse?
    private let line: Pulse.Line?
    /// The server has said that it ends this connection; libpq learns of it with the next statement only.
    private var isEnded = false
    private var preparedNames: [String: String] = [:]
    private var preparedCount = 0

    /// Statements without values that go ahead of the next one: BEGIN and its settings.
    private var preamble: [String] = []

    init(_ configuration: DatabaseConfiguration, _ pulse: Pulse? = nil) throws(DatabaseError) {
        guard let handle = unsafe PQconnectdb(configuration.connectionString) else {
            throw .unavailable("libpq has no memory for a connection")
        }
        guard unsafe PQstatus(handle) == CONNECTION_OK else {
            let message = unsafe String(cString: PQerrorMessage(handle))
            unsafe PQfinish(handle)
            throw .unavailable(ConnectFault.text(message, of: configuration.address))
        }
        unsafe self.handle = unsafe handle
        self.pulse = pulse
        line = unsafe pulse?.attach(PQsocket(handle))
        unsafe _ = PQsetNoticeReceiver(handle, { _, _ in }, nil)
    }

    deinit {
        if let line { pulse?.detach(line) }
        unsafe PQfinish(handle)
    }

    var isBroken: Bool { unsafe isEnded || PQstatus(handle) != CONNECTION_OK }

    var isInTransaction: Bool { unsafe PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// Puts statements ahead of the next one that is sent, in the same pipeline.
    func begin(with statements: [String]) { preamble = statements }

    /// True while BEGIN waits for a first statement: then there is nothing to commit.
    var hasUnsentPreamble: Bool { !preamble.isEmpty }

    func dropPreamble() { preamble = [] }

    /// Runs statements in one pipeline and hands each answer to `read`, in order. After an error the rest are skipped
    /// by the server and the first error is thrown.
    func run(_ statements: [SQL], read: (Int, borrowing Answer) throws -> Void) throws {
        let opening = preamble
        preamble = []
        dropPreparedIfFull()
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw lost() }
        var fresh: [String] = []
        let steps = try send(opening: opening, statements: statements, fresh: &fresh)
        guard unsafe PQpipelineSync(handle) == 1 else { throw lost() }
        var failure: (any Error)?
        for step in steps {
            do {
                try receive(step, read: read)
            } catch {
                failure = failure ?? error
            }
            if isBroken { throw failure ?? lost() }
        }
        try receiveSync()
        unsafe _ = PQexitPipelineMode(handle)
        if let failure {
            for text in fresh { preparedNames[text] = nil }
            throw failure
        }
    }

    /// What was sent, in the order in which the answers come.
    private enum Step {
        case opening
        case prepare
        case statement(Int)
    }

    private func send(opening: [String], statements: [SQL], fresh: inout [String]) throws(DatabaseError) -> [Step] {
        var steps: [Step] = []
        for text in opening {
            guard unsafe PQsendQueryParams(handle, text, 0, nil, nil, nil, nil, 1) == 1 else { throw lost() }
            steps.append(.opening)
        }
        for (index, statement) in statements.enumerated() {
            let name: String
            if let known = preparedNames[statement.text] {
                name = known
            } else {
                preparedCount += 1
                name = "s\(preparedCount)"
                let types = statement.binds.map(\.oid)
                guard unsafe PQsendPrepare(handle, name, statement.text, Int32(types.count), types) == 1 else { throw lost() }
                preparedNames[statement.text] = name
                fresh.append(statement.text)
                steps.append(.prepare)
            }
            guard sendPrepared(name, statement.binds) else { throw lost() }
            steps.append(.statement(index))
        }
        return steps
    }

    private func sendPrepared(_ name: String, _ binds: [Bind]) -> Bool {
        let bytes = binds.reduce(into: [UInt8]()) { $0 += $1.bytes ?? [] } + [0]
        let lengths = binds.map { Int32($0.bytes?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: binds.count)
        return unsafe bytes.withUnsafeBytes { buffer in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for bind in binds {
                guard let value = bind.bytes else {
                    unsafe pointers.append(nil)
                    continue
                }
                unsafe pointers.append(buffer.baseAddress!.advanced(by: offset).assumingMemoryBound(to: CChar.self))
                offset += value.count
            }
            return unsafe PQsendQueryPrepared(handle, name, Int32(binds.count), pointers, lengths, formats, 1) == 1
        }
    }

    private func receive(_ step: Step, read: (Int, borrowing Answer) throws -> Void) throws {
        guard let result = unsafe PQgetResult(handle) else { throw lost() }
        defer { unsafe PQclear(result) }
        while let extra = unsafe PQgetResult(handle) { unsafe PQclear(extra) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            guard case .statement(let index) = step else { return }
            try unsafe read(index, Answer(result: result))
        case PGRES_PIPELINE_ABORTED:
            throw PipelineAborted()
        default:
            throw unsafe failure(result)
        }
    }

    private func receiveSync() throws(DatabaseError) {
        guard let result = unsafe PQgetResult(handle) else { throw lost() }
        defer { unsafe PQclear(result) }
        guard unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lost() }
        pulse?.hear()
    }

    /// A statement without values and without rows, outside a pipeline: COMMIT, ROLLBACK, COPY.
    func command(_ text: String) throws(DatabaseError) {
        let result = unsafe PQexec(handle, text)
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN: pulse?.hear()
        default: throw unsafe failure(result)
        }
    }

    /// Ends the transaction. Where a caught error had aborted it, PostgreSQL answers COMMIT with ROLLBACK, silently:
    /// that is thrown as 25P02.
    func commit() throws(DatabaseError) {
        let result = unsafe PQexec(handle, "COMMIT")
        defer { unsafe PQclear(result) }
        guard unsafe PQresultStatus(result) == PGRES_COMMAND_OK else { throw unsafe failure(result) }
        guard unsafe String(cString: PQcmdStatus(result)) == "COMMIT" else {
            throw .server(ServerError(state: SQLState("25P02"), message: "the transaction had been aborted"))
        }
        pulse?.hear()
    }

    /// Several statements separated by semicolons, as a migration has them.
    func script(_ text: String) throws(DatabaseError) { try command(text) }

    private func failure(_ result: OpaquePointer?) -> DatabaseError {
        if isBroken { return lost() }
        let field = { (code: Int32) -> String? in
            unsafe PQresultErrorField(result, code).map { unsafe String(cString: $0) }
        }
        guard let state = field(Int32(UInt8(ascii: "C"))).map(SQLState.init) else { return lost() }
        if state.endsConnection {
            isEnded = true
            return .unavailable(field(Int32(UInt8(ascii: "M"))) ?? "\(state)")
        }
        return .server(
            ServerError(
                state: state, message: field(Int32(UInt8(ascii: "M"))) ?? "",
                constraint: field(Int32(UInt8(ascii: "n"))), table: field(Int32(UInt8(ascii: "t")))))
    }

    private func lost() -> DatabaseError { .unavailable(unsafe String(cString: PQerrorMessage(handle)).firstLine) }

    private func dropPreparedIfFull() {
        guard preparedNames.count >= Self.preparedMax else { return }
        preparedNames = [:]
        unsafe PQclear(PQexec(handle, "DEALLOCATE ALL"))
    }
}

extension Connection {
    /// Starts COPY ... FROM STDIN; then `copyData` any number of times and `copyEnd` once.
    func copyBegin(_ text: String) throws(DatabaseError) {
        for statement in preamble { try command(statement) }
        preamble = []
        try command(text)
    }

    func copyData(_ bytes: [UInt8]) throws(DatabaseError) {
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe PQputCopyData(handle, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
        }
        guard sent == 1 else { throw lost() }
    }

    /// Ends the COPY and returns how many rows came in; with a reason, the server rolls it back instead.
    @discardableResult
    func copyEnd(abortingBecause reason: String? = nil) throws(DatabaseError) -> Int {
        guard unsafe PQputCopyEnd(handle, reason) == 1 else { throw lost() }
        var count = 0
        var refused: DatabaseError?
        while let result = unsafe PQgetResult(handle) {
            if unsafe PQresultStatus(result) == PGRES_COMMAND_OK {
                count = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
            } else {
                refused = unsafe refused ?? failure(result)
            }
            unsafe PQclear(result)
        }
        if let refused { throw refused }
        return count
    }
}

/// The answer to one statement. Lives only inside the closure it is given to.
@safe struct Answer: ~Copyable {
    private let result: OpaquePointer

    init(result: OpaquePointer) { unsafe self.result = unsafe result }

    var rowCount: Int { unsafe Int(PQntuples(result)) }

    /// Rows inserted, updated, deleted or selected.
    var affected: Int { unsafe Int(String(cString: PQcmdTuples(result))) ?? 0 }

    func map<Value>(_ transform: (inout Row) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(rowCount)
        for index in 0..<rowCount {
            var row = unsafe Row(result: result, index: Int32(index))
            values.append(try transform(&row))
        }
        return values
    }
}

/// A statement that the server skipped since one before it in the pipeline failed. Never leaves `Connection.run`.
private struct PipelineAborted: Error {}

extension String {
    var firstLine: String { String(prefix { !$0.isNewline }) }
}
