/// Clients that do harm by doing little: thousands that hold a connection and say nothing, and some that send or read a
/// byte a second. Whoever is cut comes back.
struct SlowCrowd {
    enum Habit { case idle, slowHead, slowBody, slowReader }

    private struct Member {
        let habit: Habit
        var socket: RawSocket?
        var sent = 0
    }

    private let port: Int
    /// What each habit sends at once, and what it sends byte by byte.
    private let first: [Habit: [UInt8]]
    private let rest: [Habit: [UInt8]]
    private var members: [Member]
    private var place = 0
    private(set) var cutCount = 0

    /// `request` would be answered, were it whole; `page` asks for a long answer.
    init(port: Int, idle: Int, slow: Int, request: [UInt8], page: [UInt8]) {
        self.port = port
        let headBytes = request.firstIndex(of: UInt8(ascii: "{")) ?? request.count
        first = [
            .slowBody: Array(request.prefix(headBytes)), .slowReader: [[UInt8]](repeating: page, count: 50).flatMap { $0 },
        ]
        rest = [.slowHead: request, .slowBody: Array(request.dropFirst(headBytes))]
        let habits: [Habit] = [.slowHead, .slowBody, .slowReader]
        members = (0..<idle).map { _ in Member(habit: .idle) } + (0..<slow).map { Member(habit: habits[$0 % habits.count]) }
        members.shuffle()
    }

    var openCount: Int { members.count { $0.socket != nil } }

    /// The next so many do what they do once a second.
    mutating func stir(_ count: Int) {
        for _ in 0..<min(count, members.count) {
            var member = members[place]
            if member.socket == nil {
                member.socket = RawSocket(port: port, receivedBytesMax: member.habit == .slowReader ? 4_096 : nil)
                member.sent = 0
            } else if !goesOn(&member) {
                cutCount += 1
                member.socket?.close()
                member.socket = nil
            }
            members[place] = member
            place = (place + 1) % members.count
        }
    }

    func close() { for member in members { member.socket?.close() } }

    /// False where the connection is gone.
    private func goesOn(_ member: inout Member) -> Bool {
        guard let socket = member.socket, socket.read(bytesMax: member.habit == .slowReader ? 1 : 1_024) != nil else {
            return false
        }
        let (first, rest) = (first[member.habit] ?? [], rest[member.habit] ?? [])
        let left = member.sent < first.count ? first[member.sent...] : rest.dropFirst(member.sent - first.count).prefix(1)
        guard !left.isEmpty else { return true }
        guard let taken = socket.write(left) else { return false }
        member.sent += taken
        return true
    }
}
