import Demo
import JSONText
import TestSupport
import Testing

@Suite(.enabled(if: Newcomer.program != nil))
struct StoryTests {
    @Test func `bin up tells a story whose numbers agree, and its lines and the guides work as printed`() async throws {
        let newcomer = try await Newcomer.tried()

        checkStory(newcomer.first)
        checkAnswers(newcomer)
        try await checkGuides(newcomer)
        #expect(newcomer.verify.contains("nothing was found"))
        #expect(!newcomer.verify.contains("WRONG"))
        #expect(newcomer.mode == "600")
        #expect(newcomer.second.contains("The demo town is there"))
        #expect(variables(newcomer.second) == variables(newcomer.first))
    }

    @Test func `the quickstart has the very lines that are printed`() async throws {
        let quickstart = try await Newcomer.text(of: "docs/quickstart.md")
        for step in DemoSteps.all { #expect(quickstart.contains(step)) }
    }

    private func checkStory(_ story: String) {
        let titles = [
            "The town", "Audience", "Forecast", "Top-up", "Submit", "Monday", "Seven days", "A return", "The campaign is closed",
        ]
        for title in titles + ["The statement, sealed", "Verify"] { #expect(story.contains("  \(title)"), "\(title)") }
        let budget = money(
            part(story, after: "The campaign is closed", before: "The statement"), after: "budget ", before: " = spent")
        let spent = money(story, after: " = spent ", before: " + returned")
        let returned = money(story, after: "returned to the wallet ", before: "\n")
        let topUps = money(story, after: "+ top-ups ", before: "\n")
        let closing = money(story, after: "= closing balance ", before: ";")
        let redeemed = money(story, after: "- redemptions ", before: ",")
        let paid = money(story, after: "paid by the campaign ", before: " (forecast")
        #expect(budget == spent + returned)
        #expect(spent > 0)
        #expect(closing == topUps - spent)
        #expect(redeemed == paid)
        #expect(story.contains("every signature verifies"))
        #expect(!story.contains("    0 shoppers in"))
        #expect(story.contains("match original"))
        #expect(story.contains("nothing was found"))
    }

    private func checkAnswers(_ newcomer: Newcomer) {
        let campaign = word(newcomer.lines, after: "CAMPAIGN=")
        #expect(newcomer.answer(with: "below_floor")["below_floor"] == false)
        #expect(newcomer.answer(with: "redeemers")["campaign_id"] == .string(campaign))
        #expect(newcomer.answer(with: "launched_at")["id"] == .string(campaign))
        let offers = newcomer.answer(with: "data")["data"].elements
        #expect(offers.contains { $0["campaign_id"] == .string(campaign) && $0["label"] == "Supplier discount" })
        let quoted = newcomer.answer(with: "total_discount")["total_discount"]["amount"].integer ?? 0
        #expect(quoted > 0)
        let posted = newcomer.answer(with: "stub_products")
        #expect(posted["state"] == "accepted")
        #expect(posted["discounts"][0]["funded_amount"] == .integer(quoted))
        #expect(newcomer.answer(with: "closing_balance")["redemptions"]["amount"] == .integer(quoted))
        #expect(newcomer.answers.last?.contains(",") == true)
    }

    /// Each block of each guide ran, and answered what is stated under it.
    private func checkGuides(_ newcomer: Newcomer) async throws {
        for role in Guide.roles {
            let guide = Guide(role: role, page: try await Newcomer.text(of: "docs/guides/\(role).md"))
            let answers = Guide.answers(in: newcomer.guides[role] ?? "")
            #expect(guide.statements.count >= 4 && answers.count == guide.statements.count, "\(role)")
            for (block, pair) in zip(guide.statements, answers).enumerated() {
                guard let stated = pair.0 else { continue }
                #expect(pair.1.has(stated), "\(role), block \(block + 1): \(pair.1) has not \(stated)")
            }
        }
    }

    private func variables(_ printed: String) -> [Substring] {
        printed.split(separator: "\n").filter { $0.hasPrefix("SUPPLIER=") || $0.hasPrefix("CATEGORY=") }
    }

    /// A word that ends its line.
    private func word(_ text: String, after start: String) -> String { part(text, after: start, before: "\n") }

    /// `1 234.50 RUB` in minor units; -1 where there is none.
    private func money(_ text: String, after start: String, before end: String) -> Int64 {
        Int64(part(text, after: start, before: end).filter(\.isNumber)) ?? -1
    }

    private func part(_ text: String, after start: String, before end: String) -> String {
        guard let from = text.firstRange(of: start)?.upperBound else { return "" }
        let rest = text[from...]
        return String(rest[..<(rest.firstRange(of: end)?.lowerBound ?? rest.endIndex)])
    }
}
