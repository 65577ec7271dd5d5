import Campaigns
import Kernel

/// What a product is to a choice.
struct ProductGoods: Sendable, Hashable {
    let ordinal: Int32
    let brand: ExternalID?
    let category: ExternalID?
    let isAdult: Bool
}

/// The groups of goods of which it is asked how often a shopper bought them: of each campaign its products, all of their
/// brands, and all of their lowest categories. Campaigns that ask for the same goods share a group.
struct GoodsGroups: Sendable {
    /// Numbers of a campaign's groups; nil where its products have no brand, or category.
    struct OfCampaign: Sendable, Hashable {
        let products: Int
        let brands: Int?
        let categories: Int?
    }

    private enum Goods: Hashable {
        case products([Int32])
        case brands([ExternalID])
        case categories([ExternalID])
    }

    /// In the order of the campaigns.
    let ofCampaigns: [OfCampaign]
    let count: Int
    /// The groups of a product, from `starts[ordinal]` to the next.
    private let starts: [Int32]
    private let groups: [Int32]

    /// `products`: by campaign; `market`: every product of their brands and categories, those themselves among them.
    init(_ products: [[ProductGoods]], market: [ProductGoods]) {
        var numbers: [Goods: Int] = [:]
        func number(_ goods: Goods) -> Int {
            let next = numbers.count
            if let known = numbers[goods] { return known }
            numbers[goods] = next
            return next
        }
        ofCampaigns = products.map { own in
            let (brands, categories) = (Set(own.compactMap(\.brand)).sorted(), Set(own.compactMap(\.category)).sorted())
            return OfCampaign(
                products: number(.products(own.map(\.ordinal).sorted())),
                brands: brands.isEmpty ? nil : number(.brands(brands)),
                categories: categories.isEmpty ? nil : number(.categories(categories)))
        }
        count = numbers.count
        (starts, groups) = Self.table(numbers, market)
    }

    private static func table(_ numbers: [Goods: Int], _ market: [ProductGoods]) -> ([Int32], [Int32]) {
        var (byProduct, byBrand, byCategory) = ([Int32: [Int32]](), [ExternalID: [Int32]](), [ExternalID: [Int32]]())
        for (goods, number) in numbers {
            switch goods {
            case .products(let ordinals): for ordinal in ordinals { byProduct[ordinal, default: []].append(Int32(number)) }
            case .brands(let ids): for id in ids { byBrand[id, default: []].append(Int32(number)) }
            case .categories(let ids): for id in ids { byCategory[id, default: []].append(Int32(number)) }
            }
        }
        let known = Dictionary(market.map { ($0.ordinal, $0) }) { first, _ in first }
        let ordinalMax = max(known.keys.max() ?? 0, byProduct.keys.max() ?? 0)
        var (starts, groups) = ([Int32](), [Int32]())
        for ordinal in 0...ordinalMax {
            starts.append(Int32(groups.count))
            groups += byProduct[ordinal] ?? []
            guard let product = known[ordinal] else { continue }
            groups += product.brand.flatMap { byBrand[$0] } ?? []
            groups += product.category.flatMap { byCategory[$0] } ?? []
        }
        starts.append(Int32(groups.count))
        return (starts, groups)
    }

    func groups(of product: Int32) -> ArraySlice<Int32> {
        guard product >= 0, Int(product) + 1 < starts.count else { return [] }
        return groups[Int(starts[Int(product)])..<Int(starts[Int(product) + 1])]
    }
}
