import Kernel
import Testing

private enum ThingKind: IDKind { static let prefix = "thing" }

@Suite struct IdentifierTests {
    @Test func `a typed id has the form that the TypeID specification gives`() throws {
        // https://github.com/jetify-com/typeid/blob/main/spec/valid.yml, "uuidv7"
        let id = try #require(TypedID<ThingKind>("thing_01h455vb4pex5vsknk084sn02q"))
        #expect("\(id.value)" == "01890a5d-ac96-774b-bcce-b302099a8057")
        #expect(id.description == "thing_01h455vb4pex5vsknk084sn02q")
    }

    @Test(arguments: [
        "", "thing", "thing_", "other_01h455vb4pex5vsknk084sn02q", "thing_81h455vb4pex5vsknk084sn02q",
        "thing_01h455vb4pex5vsknk084sn02", "thing_01H455VB4PEX5VSKNK084SN02Q", "thing_01h455vb4pex5vsknk084sn02u",
    ])
    func `anything else is refused`(text: String) {
        #expect(TypedID<ThingKind>(text) == nil)
    }

    @Test func `ids are ordered by the time of their making`() {
        let (early, late) = (Instant(microseconds: 1_000_000), Instant(microseconds: 1_001_000))
        #expect(Identifier(at: early, random: (.max, .max)) < Identifier(at: late, random: (0, 0)))
    }

    @Test(arguments: [("é", true), ("e\u{301}", false), ("ab\u{0}", false), ("\u{85}x", false), ("Ω", true), ("\u{2126}", false)])
    func `an external id is in normal form C without control characters`(text: String, isGood: Bool) {
        #expect(((try? ExternalID(text)) != nil) == isGood)
    }

    @Test func `an external id has 1 to 128 bytes`() {
        #expect(throws: ExternalID.Refusal.empty) { try ExternalID("") }
        #expect(throws: ExternalID.Refusal.tooLong) { try ExternalID(String(repeating: "я", count: 65)) }
        #expect((try? ExternalID(String(repeating: "я", count: 64))) != nil)
    }
}
