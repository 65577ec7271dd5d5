import Offers

extension FittedPrior {
    /// As they stand in `RankingPrior.swift`.
    package var text: String {
        "// the purchases' score counts \(purchaseShare.digits(3)) of itself in the prior\n\n"
            + purchases.table + "\n\n" + prior.table
    }
}

extension RankingModel {
    fileprivate var table: String {
        let rows = RankingFeature.all.filter { weights[$0.rawValue] != 0 }.map { feature in
            "            case .\(feature): \(weights[feature.rawValue].grouped)"
        }
        return (["// \(version): interceptMillilogits: \(interceptMillilogits.grouped)"] + rows).joined(separator: "\n")
    }
}

extension Int32 {
    /// As Swift writes thousands: `-7_215`.
    fileprivate var grouped: String {
        let (high, low) = magnitude.quotientAndRemainder(dividingBy: 1_000)
        let rest = String(low)
        let digits = high == 0 ? rest : "\(high)_" + String(repeating: "0", count: 3 - rest.count) + rest
        return self < 0 ? "-\(digits)" : digits
    }
}

extension Double {
    /// So many digits after the point.
    package func digits(_ count: Int) -> String {
        let scale = (0..<count).reduce(1) { value, _ in value * 10 }
        let scaled = Int((self * Double(scale)).rounded())
        guard count > 0 else { return String(scaled) }
        let rest = String(scaled.magnitude % UInt(scale))
        let sign = scaled < 0 ? "-" : ""
        return "\(sign)\(scaled.magnitude / UInt(scale)).\(String(repeating: "0", count: count - rest.count))\(rest)"
    }
}
