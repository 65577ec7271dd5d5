import Kernel
import Postgres
import TestSupport
import Testing

@testable import Sealing

/// Master keys without a database.
@Suite struct SecretBoxTests {
    private static let (old, new) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
    private let world = TestClock().world
    private let secret = Array("a secret of 32 bytes, no less ok".utf8)
    private let owner = Array("whose it is".utf8)

    @Test func `a sealed secret opens under its key and for its owner alone, and shows nothing of itself`() throws {
        let box = try SecretBox(masterKey: Self.old)
        let sealed = try box.seal(secret, for: owner, in: world)

        #expect(try box.open(sealed, for: owner) == secret)
        #expect(throws: SecretBox.Fault.self) { try box.open(sealed, for: Array("another's".utf8)) }
        #expect(throws: SecretBox.Fault.self) { try SecretBox(masterKey: Self.new).open(sealed, for: owner) }
        #expect(sealed.bytes.array.count == 12 + 32 + 16)
        #expect(Set(sealed.bytes.array.windows(of: 8)).isDisjoint(with: secret.windows(of: 8)))
        #expect(try box.seal(secret, for: owner, in: world).bytes != sealed.bytes)
    }

    @Test func `one changed bit opens nothing`() throws {
        let box = try SecretBox(masterKey: Self.old)
        let sealed = try box.seal(secret, for: owner, in: world)
        for index in sealed.bytes.array.indices {
            var bytes = sealed.bytes.array
            bytes[index] ^= 1
            let changed = SealedSecret(keyID: sealed.keyID, bytes: Bytes(bytes))
            #expect(throws: SecretBox.Fault.self) { try box.open(changed, for: owner) }
        }
    }

    @Test func `while keys are changed both open and the new one seals; a third is named`() throws {
        let before = try SecretBox(masterKey: Self.old)
        let both = try SecretBox(masterKey: Self.new, previous: Self.old)
        let after = try SecretBox(masterKey: Self.new)
        let third = try SecretBox(masterKey: [UInt8](repeating: 3, count: 32), previous: [UInt8](repeating: 4, count: 32))
        let sealed = try before.seal(secret, for: owner, in: world)
        let again = try both.reseal(sealed, for: owner, in: world)

        #expect(try both.open(sealed, for: owner) == secret)
        #expect(try both.open(again, for: owner) == secret)
        #expect(try after.open(again, for: owner) == secret)
        #expect((sealed.keyID, again.keyID) == (before.keyID, after.keyID))
        #expect(both.previousKeyID == before.keyID)
        let fault = try #require(throws: SecretBox.Fault.self) { try third.open(again, for: owner) }
        #expect("\(fault)" == "a secret was sealed with the key \(after.keyID), which this program was not given")
    }

    @Test func `the same key twice is one, and a short one is none`() throws {
        #expect(try SecretBox(masterKey: Self.old, previous: Self.old).previousKeyID == nil)
        #expect(throws: SecretBox.Fault.self) { try SecretBox(masterKey: [1, 2, 3]) }
        #expect(throws: SecretBox.Fault.self) { try SecretBox(masterKey: Self.old, previous: []) }
    }

    @Test func `a census says what the keys at hand make of what is stored`() throws {
        let box = try SecretBox(masterKey: Self.new, previous: Self.old)
        var census = SealCensus(of: "secrets")
        census.add(3, under: box.keyID)
        census.add(2, under: box.previousKeyID)
        census.add(1, under: nil)
        census.add(4, under: "lost")
        let standing = census.standing(before: box)

        #expect(census.total == 10)
        #expect((standing.current, standing.previous, standing.plain, standing.due) == (3, 2, 1, 3))
        #expect(standing.unknown == ["lost": 4])
        #expect(census.standing(before: nil).unknown.values.reduce(0, +) == 9)
    }
}

extension [UInt8] {
    fileprivate func windows(of count: Int) -> [ArraySlice<UInt8>] {
        (0...(self.count - count)).map { self[$0..<($0 + count)] }
    }
}
