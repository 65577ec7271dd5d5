import AudienceIndex
import TestSupport
import Testing

@Suite(.computing) struct PlanPropertyTests {
    /// Two chunks, and less than a block: that is looked at with many questions.
    @Test(arguments: [(3, 131_072), (8, 200), (13, 257)] as [(UInt64, Int)])
    func `counts and members are those of a plain evaluation`(seed: UInt64, count: Int) {
        let crew = Crew(workers: 2)
        defer { crew.close() }
        let drawn = RandomPopulation(seed: seed, count: count, crew)
        let answers = PlainAnswers(drawn)
        var random = SeededGenerator(seed: seed)
        for number in 0..<(count < 1000 ? 700 : 5) {
            let asked = PlainQuestion.random(drawn.leaves, &random)
            let plan = drawn.population.plan(asked.question)
            let expected = answers.members(asked.tree)
            #expect(drawn.population.members(of: plan) == expected, "seed \(seed), question \(number): \(asked.text)")
            #expect(drawn.population.count(of: plan) == expected.count, "seed \(seed), question \(number): \(asked.text)")
        }
    }

    @Test(arguments: [(21, 66_001), (22, 300), (23, 100)] as [(UInt64, Int)])
    func `a survey drops each leaf as if it had not been asked`(seed: UInt64, count: Int) {
        let crew = Crew(workers: 2)
        defer { crew.close() }
        let drawn = RandomPopulation(seed: seed, count: count, crew)
        let answers = PlainAnswers(drawn)
        var random = SeededGenerator(seed: seed)
        for number in 0..<(count < 1000 ? 100 : 2) {
            let (asked, other) = (
                PlainQuestion.random(drawn.leaves, &random), PlainQuestion.random(drawn.leaves, &random)
            )
            let survey = Survey(asked.question, of: drawn.population, insides: [other.question])
            let result = drawn.population.survey(survey)
            let dropped = (0..<asked.tree.leafCount).map { leaf in
                answers.members(asked.tree.without(leaf) ?? .all([])).count
            }
            #expect(result.count == answers.members(asked.tree).count, "seed \(seed), question \(number): \(asked.text)")
            #expect(result.dropped == dropped, "seed \(seed), question \(number): \(asked.text)")
            #expect(
                result.insides == [answers.members(.all([asked.tree, other.tree])).count],
                "seed \(seed), question \(number): \(asked.text) in \(other.text)")
        }
    }
}
