import Catalogue
import HTTPSupport
import JSONText
import Kernel
import TestSupport
import Testing

/// A record of CSV and a line of NDJSON are the same thing.
@Suite struct ColumnTests {
    @Test func `a record becomes the object that a line of NDJSON would be`() throws {
        let supplier = SupplierID(Identifier(high: 1, low: 2))
        let cells = [
            "product_id": "p1", "name": "Milk", "brand_id": "", "unit": "l", "vat_rate_bp": "1000", "is_adult": "0",
            "is_private_label": "true", "supplier_ids": "\(supplier)", "gtins": "46000001|46000002",
        ]
        let object = CSVColumn.object(Product.csvColumns) { cells[$0] }

        #expect(
            try Fields.read(object) { Product($0) }
                == Product(
                    id: "p1", name: "Milk", unit: .litre, vatRate: BasisPoints(1000), isPrivateLabel: true,
                    suppliers: [supplier], gtins: ["46000001", "46000002"]))
    }

    @Test func `a cell that is not of its form is refused by the parser's own reason`() {
        let cells = ["product_id": "p1", "kind": "regular", "valid_from": "2026-03-01", "amount": "12.90", "currency": "RUB"]
        let object = CSVColumn.object(Price.csvColumns) { cells[$0] }

        let problem = #expect(throws: Problem.self) { try Fields.read(object) { Price($0, in: .rouble) } }
        #expect(
            problem?.fields == [
                FieldProblem(pointer: "/price/amount", code: "not_an_integer", detail: "Must be an integer.")
            ])
    }

    @Test func `a flat price has its amount in its place`() throws {
        let cells = [
            "product_id": "p1", "kind": "promo", "store_id": "s1", "valid_from": "2026-03-01", "valid_to": "2026-03-07",
            "amount": "1290", "currency": "RUB",
        ]
        let object = CSVColumn.object(Price.csvColumns) { cells[$0] }

        #expect(
            try Fields.read(object) { Price($0, in: .rouble) }
                == Price(
                    product: "p1", kind: .promo, place: .store("s1"), validFrom: BusinessDay("2026-03-01")!,
                    validTo: BusinessDay("2026-03-07")!, amount: Money(minor: 1290, asset: .rouble)))
    }
}
