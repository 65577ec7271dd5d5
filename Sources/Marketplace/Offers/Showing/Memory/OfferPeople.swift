import Bitmaps
import Kernel
import Shoppers

/// Who a retailer's shoppers are to its offers: their ids, and what flags say.
struct OfferPeople: Sendable {
    /// As of the start.
    let directory: ShopperDirectory
    /// Cards that were read again since.
    private(set) var moved: [ExternalID: UInt32] = [:]
    /// Those who want nothing chosen for them.
    private var unwilling: KeySet
    private var erased: KeySet
    private var adults: KeySet
    /// The keys that were merged into one.
    private var former: [UInt32: [UInt32]]
    /// Those of whom something is counted or activated. An erased or merged one may stay in it.
    private var counted: KeySet

    init(directory: ShopperDirectory, flags: PeopleFlags, counted: KeySet) {
        self.directory = directory
        unwilling = flags.unwilling
        erased = flags.erased
        adults = flags.adults
        former = flags.former
        self.counted = counted
    }

    /// Who looks under this id; nobody's is a stranger's.
    func viewer(of id: ExternalID) -> OfferViewer {
        guard let key = moved[id] ?? directory.key(of: id), !erased.contains(key) else { return .stranger }
        return OfferViewer(
            key: key, mayBeChosenFor: !unwilling.contains(key), isAdult: adults.contains(key), former: former[key] ?? [],
            isCounted: counted.contains(key))
    }

    /// The same after some shoppers were read again, and something was counted of others.
    func with(_ people: PeopleRead, counted keys: [UInt32]) -> OfferPeople {
        guard !people.keys.isEmpty || !keys.isEmpty else { return self }
        var next = self
        for (id, key) in people.cards { next.moved[id] = key }
        for key in people.keys {
            next.unwilling.remove(key)
            next.erased.remove(key)
            next.adults.remove(key)
            next.former[key] = people.flags.former[key]
            // What was counted under a former key counts under this one now.
            next.counted.insert(key)
        }
        next.unwilling.formUnion(people.flags.unwilling)
        next.erased.formUnion(people.flags.erased)
        next.adults.formUnion(people.flags.adults)
        for key in keys { next.counted.insert(key) }
        return next
    }

    /// An estimate: the sets are of some bits a shopper.
    var byteCount: Int { directory.byteCount + moved.count * 96 + directory.count }
}

/// What flags say of some shoppers, or of all.
struct PeopleFlags: Sendable {
    var unwilling = KeySet()
    var erased = KeySet()
    var adults = KeySet()
    var former: [UInt32: [UInt32]] = [:]
}

/// Shoppers who were read again.
struct PeopleRead: Sendable {
    var keys: [UInt32] = []
    var cards: [(ExternalID, UInt32)] = []
    var flags = PeopleFlags()
}

/// Who looks at offers.
struct OfferViewer: Sendable {
    /// Nil: nobody whom the retailer knows.
    let key: UInt32?
    let mayBeChosenFor: Bool
    let isAdult: Bool
    let former: [UInt32]
    /// Whether something of a limit may be used, or something activated.
    let isCounted: Bool

    static let stranger = OfferViewer(key: nil, mayBeChosenFor: false, isAdult: false, former: [], isCounted: false)
}
