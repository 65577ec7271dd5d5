package import Kernel
package import Postgres
package import Profiles

/// Whom suppliers' numbers are computed from, and how they are blurred: both follow from one secret of the service.
///
/// Whoever knows all shoppers but one, and all questions that tell whether that one is in a set, learns it of those in the
/// sample and of nobody else: right in at most 1/2 + 1/(2 x `oneIn`) of cases on average, however much is asked, by however
/// many suppliers in league. With one in twelve that is 54.2 %.
package struct SupplierSampling: Sendable {
    /// A number of n shoppers then has a deviation of sqrt(11 n): 3.3 % of 10 000, 0.33 % of a million.
    package static let oneInDefault: Int32 = 12

    private let key: NoiseKey
    private let oneIn: Int32

    /// `oneIn`: 1 to `ShopperSample.oneInMax`; 1 counts everybody, and protects nobody from whoever asks much.
    package init(_ key: NoiseKey, oneIn: Int32 = Self.oneInDefault) {
        precondition((1...ShopperSample.oneInMax).contains(oneIn), "one in 1 to 100")
        self.key = key
        self.oneIn = oneIn
    }

    var isOfEverybody: Bool { oneIn == 1 }

    /// Whom a retailer's suppliers are told of; nil: everybody. In a transaction that may write.
    package func sample(of retailer: RetailerID, in tx: borrowing Transaction, _ world: OutsideWorld) throws -> ShopperSample? {
        isOfEverybody ? nil : sample(of: retailer, by: try key.noise(in: tx, world))
    }

    /// The same with the noise. In a transaction that may write.
    func secrets(
        of retailer: RetailerID, in tx: borrowing Transaction, _ world: OutsideWorld
    ) throws -> (noise: CountNoise, sample: ShopperSample?) {
        let noise = try key.noise(in: tx, world)
        return (noise, sample(of: retailer, by: noise))
    }

    private func sample(of retailer: RetailerID, by noise: CountNoise) -> ShopperSample? {
        isOfEverybody ? nil : ShopperSample(oneIn: oneIn, seed: noise.sampleSeed(of: retailer))
    }
}

extension ProfileMoment {
    /// Whether so many of this moment's sample are an audience that a supplier may hear of: judged by what they stand for, so
    /// that nobody outside the sample decides it.
    package func holdsFloor(_ sampled: Int64) -> Bool { sampled * weight >= Int64(privacyFloor) }
}
