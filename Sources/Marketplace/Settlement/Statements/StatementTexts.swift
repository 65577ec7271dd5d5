import JSONText
import Kernel

extension StatementHead: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            writeHead(to: &json)
            json.field("opening_balance", Money(minor: openingMinor, asset: asset))
            json.field("closing_balance", Money(minor: closingMinor, asset: asset))
        }
    }

    fileprivate func writeHead(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("wallet_id", wallet)
        json.field("supplier_id", supplier)
        json.field("number", number)
        json.field("state", word: state)
        json.field("opened_at", openedAt)
        json.field("sealed_at", seal?.at)
        json.field("next_statement_id", seal?.next)
        json.field("settlement_state", settlement?.state.rawValue)
        json.field("acknowledged_at", settlement?.acknowledgedAt)
        json.field("payment_id", settlement?.payment)
    }
}

extension StatementFigures {
    /// Every figure by its name in the contract, in the order of the statement.
    var named: [(name: String, minor: Int64)] {
        [
            ("opening_balance", opening), ("top_ups", topUps), ("allocations", allocations), ("refunds", refunds),
            ("launches", launches), ("releases", releases), ("redemptions", redemptions), ("fee", fee), ("returns", returns),
            ("fee_returns", feeReturns), ("unfunded", unfunded), ("unfunded_borne_by_supplier", borne),
            ("unfunded_borne_by_retailer", unfunded - borne), ("unfunded_returns", borneReturns),
            ("corrections", corrections), ("closing_balance", closing), ("payable", max(0, owed)), ("owed_back", max(0, -owed)),
            ("disputes", disputed),
        ]
    }
}

extension Statement: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            head.writeHead(to: &json)
            for figure in figures.named { json.field(figure.name, Money(minor: figure.minor, asset: head.asset)) }
        }
    }
}

extension Statement {
    /// A header and one row; amounts in minor units.
    var csv: String {
        let columns: [(String, String?)] =
            [
                ("id", "\(head.id)"), ("wallet_id", "\(head.wallet)"), ("supplier_id", head.supplier.map { "\($0)" }),
                ("number", "\(head.number)"), ("state", head.state.rawValue), ("opened_at", "\(head.openedAt)"),
                ("sealed_at", head.seal.map { "\($0.at)" }), ("next_statement_id", head.seal.map { "\($0.next)" }),
                ("currency", head.asset.code),
            ] + figures.named.map { ($0.name, "\($0.minor)") }
        return CSVText.row(columns.map(\.0)) + CSVText.row(columns.map(\.1))
    }
}
