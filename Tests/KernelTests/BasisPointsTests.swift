import Kernel
import Testing

@Suite struct BasisPointsTests {
    @Test(
        arguments: [(1_000, 9_995, 1_000), (1_000, 9_994, 999), (10_000, 5, 5), (0, 5, 0), (1_500, 19_990, 2_999)]
            as [(Int32, Int64, Int64)])
    func `a share is rounded half up`(bp: Int32, amount: Int64, share: Int64) throws {
        #expect(try #require(BasisPoints(bp)).halfUp(of: amount) == share)
    }

    @Test func `a share of the largest amount does not overflow`() throws {
        #expect(try #require(BasisPoints(9_999)).halfUp(of: Money.bound) == 999_900_000_000_000)
    }

    @Test func `less than nothing and more than the whole are refused`() {
        #expect(BasisPoints(-1) == nil)
        #expect(BasisPoints(10_001) == nil)
    }
}
