import JSONText
import Kernel

/// A closed day of a retailer's books. `hash` = SHA-256(hash of the day before || hash of each account's closing).
struct LedgerDay: Sendable, Hashable {
    let day: BusinessDay
    /// Accounts that moved on it.
    let accounts: Int
    let hash: [UInt8]
    /// Nil: it is the first.
    let previous: [UInt8]?
    let closedAt: Instant

    /// Two lower-case digits for each byte.
    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension LedgerDay: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("day", day)
            json.field("accounts", accounts)
            json.field("hash", Self.hex(hash))
            json.field("previous_hash", previous.map(Self.hex))
            json.field("closed_at", closedAt)
        }
    }
}

/// What a wallet had at the end of a day on which it moved.
struct WalletClosing: Sendable, Hashable, JSONWritable {
    let day: BusinessDay
    let balance: Money
    /// The number of its last movement of the day.
    let seq: Int64

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("day", day)
            json.field("balance", balance)
            json.field("seq", seq)
        }
    }
}
