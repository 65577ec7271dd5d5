import AudienceIndex
import Kernel
import Profiles

extension ShopperIndex {
    /// The exact numbers of an audience, which only its retailer sees.
    func exactPreview(of predicate: Predicate) -> ExactPreview {
        var (shoppers, spend, receipts) = (0, Int64(0), Int64(0))
        for (layer, questions) in zip(layers, questions()) {
            let population = layer.population(crew)
            let result = population.survey(
                Survey(
                    questions.question(predicate), of: population, dropping: false, sums: [layer.facts.numbers.spend],
                    numberSums: [layer.facts.numbers.receipts]))
            shoppers += result.count
            spend += result.sums[0]
            receipts += result.numberSums[0]
        }
        return ExactPreview(
            moment: moment, shoppers: Int64(shoppers), base: Int64(base), spendMinor: spend, receipts: receipts)
    }
}
