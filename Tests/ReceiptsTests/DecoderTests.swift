import JSONText
import Kernel
import Receipts
import TestSupport
import Testing

@Suite struct DecoderTests {
    /// The fast reader and the general one agree on whatever the fast one takes, also on broken lines.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `the fast reader reads what the general parser reads`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let kind = ReceiptImport.test
        for _ in 0..<400 {
            var line = Self.receipt(&random).jsonBytes
            if Bool.random(using: &random) { Self.damage(&line, &random) }
            let fast = try? kind.item(line: line[...])
            let general = (try? JSONReader.parse(line)).flatMap { try? Receipt.parse($0) }
            #expect(fast == general, "seed \(seed): \(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test func `the content's fingerprint fills in the total and changes with any fact`() throws {
        var without = Receipt.sale("1")
        without.total = nil
        let filled = try Receipt.parse(JSONReader.parse(without.jsonBytes))
        var unit = Receipt.sale("1")
        unit.lines[0].unit = .kg

        #expect(filled.fingerprint == Receipt.sale("1").fingerprint)
        #expect(unit.fingerprint != Receipt.sale("1").fingerprint)
    }

    private static func receipt(_ random: inout SeededGenerator) -> Receipt {
        let texts = ["1", "till-7", "кот", "a\"b", String(repeating: "x", count: 128)]
        let pick = { (random: inout SeededGenerator) in ExternalID(stored: texts.randomElement(using: &random)!) }
        let lines = (1...Int.random(in: 1...4, using: &random)).map { number in
            ReceiptLine(
                lineNo: Int32(number), productID: pick(&random), quantityMilli: .random(in: 0...5000, using: &random),
                unit: LineUnit.allCases.randomElement(using: &random)!, regularAmount: .random(in: 0...9999, using: &random),
                baseAmount: .random(in: 0...Money.bound, using: &random), paidAmount: Bool.random(using: &random) ? 5 : nil,
                vatRate: Bool.random(using: &random) ? BasisPoints(2000) : nil, isClosed: Bool.random(using: &random))
        }
        return Receipt(
            key: ReceiptKey(
                storeID: pick(&random), businessDay: BusinessDay(daysSince1970: .random(in: 0...30_000, using: &random)),
                till: pick(&random), shift: Bool.random(using: &random) ? pick(&random) : nil, number: pick(&random)),
            shopperID: Bool.random(using: &random) ? pick(&random) : nil,
            soldAt: Instant(microseconds: .random(in: 0...2_000_000_000_000_000, using: &random)), rounding: 0,
            basketID: Bool.random(using: &random) ? pick(&random) : nil, lines: lines)
    }

    /// Replaces, drops or repeats a byte.
    private static func damage(_ line: inout [UInt8], _ random: inout SeededGenerator) {
        let index = Int.random(in: 0..<line.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: line[index] = Array("09.e,:\"{}[] x\\-".utf8).randomElement(using: &random)!
        case 1: line.remove(at: index)
        default: line.insert(line[index], at: index)
        }
    }
}
