import Kernel
import Parties
import TestSupport
import Testing

@Suite struct KeyTokenTests {
    @Test func `a secret's hash that differs in any one bit is another secret's`() {
        let token = KeyToken(.test, in: TestClock().world)
        let hash = token.secretHash

        #expect(token.matches(hash))
        for bit in 0..<hash.count * 8 {
            var other = hash
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!token.matches(other), "bit \(bit)")
        }
        #expect(!token.matches([]))
        #expect(!token.matches(hash + [0]))
    }

    @Test func `a secret's hash that differs in any two bytes is another secret's`() {
        let token = KeyToken(.test, in: TestClock().world)
        let hash = token.secretHash
        for first in 0..<hash.count {
            for second in first + 1..<hash.count {
                var other = hash
                other[first] ^= 0x55
                other[second] ^= 0x55
                #expect(!token.matches(other), "bytes \(first) and \(second)")
            }
        }
    }
}
