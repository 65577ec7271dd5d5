import Kernel
import Ledger
import Testing

@Suite struct DerivedIDTests {
    @Test func `a name in the DNS namespace gives the UUID of RFC 9562`() {
        let dns = Identifier(high: 0x6ba7_b810_9dad_11d1, low: 0x80b4_00c0_4fd4_30c8)

        #expect(
            DerivedID.identifier(in: dns, named: Array("www.example.com".utf8)).description
                == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test func `another tenant, key or leg is another id, and the same is the same`() {
        let (one, other) = (RetailerID(Identifier(high: 1, low: 1)), RetailerID(Identifier(high: 1, low: 2)))
        let ids: [TransferID] = [
            DerivedID.make(one, key: "a", leg: "b"), DerivedID.make(other, key: "a", leg: "b"),
            DerivedID.make(one, key: "ab", leg: ""), DerivedID.make(one, key: "", leg: "ab"),
            DerivedID.make(one, key: "a", leg: "c"),
        ]

        #expect(Set(ids).count == ids.count)
        #expect(DerivedID.make(one, key: "a", leg: "b") == ids[0])
    }
}
