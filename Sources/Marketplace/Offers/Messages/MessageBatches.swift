import Kernel
import Postgres
import Shoppers

/// Cuts the shoppers of a grant into messages, in the order of their keys: each as full as it may be.
package enum MessageBatches {
    package static let shoppersMax = 1_000
    /// A body has 256 KiB (LEDGER_AND_WEBHOOKS rule 31). The envelope has its room, and the ids of those who are merged
    /// between the log and the sending.
    package static let bytesMax = 240 * 1_024
    /// Around the ids of one shopper: names, brackets, and how many units are left.
    static let bytesOfShopper = 64

    /// `bytes`: of the ids of each shopper; `content`: of all that a message says besides.
    package static func cut(_ keys: [UInt32], bytes: [UInt32: Int], content: Int) -> [[UInt32]] {
        var (batches, batch, used) = ([[UInt32]](), [UInt32](), content)
        for key in keys {
            let more = bytesOfShopper + (bytes[key] ?? 0)
            if !batch.isEmpty, batch.count == shoppersMax || used + more > bytesMax {
                batches.append(batch)
                (batch, used) = ([], content)
            }
            batch.append(key)
            used += more
        }
        return batch.isEmpty ? batches : batches + [batch]
    }
}

extension Transaction {
    /// How long the ids of shoppers are in a message: the oldest of each, with quotes and what is escaped in them. Index:
    /// `shopper_card_by_key`.
    func idBytes(of shoppers: [UInt32], at retailer: RetailerID) throws -> [UInt32: Int] {
        let found = try query(
            #"""
            SELECT card.shopper_key,
                sum(octet_length(card.shopper_id) + char_length(card.shopper_id) - char_length(translate(card.shopper_id, '"\', '')) + 3)
            FROM (
                SELECT shopper_key, shopper_id, row_number() OVER (PARTITION BY shopper_key ORDER BY since, shopper_id) AS place
                FROM shopper_card
                WHERE retailer_id = \#(retailer) AND shopper_key = ANY (\#(shoppers.map(Int64.init)))
            ) AS card
            WHERE card.place <= \#(OfferMessages.idsOfShopperMax)
            GROUP BY card.shopper_key
            """#
        ) { row in (UInt32(try row.next(Int64.self)), Int(try row.next(Int64.self))) }
        return Dictionary(found) { first, _ in first }
    }
}
