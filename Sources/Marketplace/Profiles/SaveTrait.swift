import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres

/// The retailer defines a trait, or changes it: its rule counts from the next question on.
struct SaveTrait: Sendable {
    static let traitsMax: Int64 = 500

    let retailer: RetailerID
    let name: TraitName
    let description: String
    let rule: TraitRule

    enum Refusal: Kernel.Refusal {
        case tooMany

        var problem: Problem {
            Problem(409, "too_many_traits", "A retailer has at most \(SaveTrait.traitsMax) traits.")
        }
    }

    init(_ fields: Fields, _ name: TraitName, of retailer: RetailerID) {
        self.retailer = retailer
        self.name = name
        description = fields.stringIfPresent("description", max: 1000, multiline: true) ?? ""
        rule = fields.object("rule", otherwise: .nothing, TraitRule.init)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Trait {
        let before = try tx.trait(name, of: retailer)
        if before == nil, try tx.traitCount(of: retailer) >= Self.traitsMax { throw Refusal.tooMany }
        let trait = try tx.put(name, description: description, rule: rule, of: retailer, at: author.world.now())
        try tx.noteProfileChange(.traits, of: retailer)
        try tx.audit(author, "trait.saved", about: EventSubject(kind: "trait", id: name.rawValue), before: before, after: trait)
        return trait
    }
}

/// A trait is switched off; whoever asks for it finds nobody.
struct DeactivateTrait: Sendable {
    let retailer: RetailerID
    let name: TraitName

    func run(in tx: borrowing Transaction, by author: Author) throws {
        guard let before = try tx.trait(name, of: retailer) else { throw Problem.notFound("trait") }
        guard before.isActive else { return }
        try tx.deactivate(name, of: retailer, at: author.world.now())
        try tx.noteProfileChange(.traits, of: retailer)
        try tx.audit(author, "trait.deactivated", about: EventSubject(kind: "trait", id: name.rawValue), before: before)
    }
}

extension TraitRule {
    /// What stands in for a rule that could not be read.
    fileprivate static let nothing = TraitRule(merchandise: .products([]), minReceipts: 1)
}

extension Transaction {
    fileprivate func traitCount(of retailer: RetailerID) throws -> Int64 {
        try one("SELECT count(*) FROM trait WHERE retailer_id = \(retailer)") { row in try row.next() }
    }
}
