package import Kernel

/// How many more units are bought at a discount than without one, by its depth: measured on shelf promotions (the bands of
/// Dominick's orange juice; docs/campaigns.md). An offer that is shown to chosen shoppers in an app is seen by fewer of
/// them than a price on the shelf: its gain counts half. That half is an assumption until outcomes replace it.
package enum ResponseCurve {
    package static let personalDamping = 0.5

    private static let bands: [(belowBp: Int32, units: Double)] = [
        (500, 1.5), (1_000, 1.9), (2_000, 3.1), (3_000, 4.7), (4_000, 6.1), (10_001, 10),
    ]

    /// Units at this depth for each unit without a discount; 1 without depth.
    package static func units(atDepth depth: BasisPoints, isPersonal: Bool) -> Double {
        guard depth.value > 0, let band = bands.first(where: { depth.value < $0.belowBp }) else { return 1 }
        return isPersonal ? 1 + (band.units - 1) * personalDamping : band.units
    }
}
