/// The shoppers of a fixed sample by what part of their lines is of which category, so that the nearest of anybody are found: those
/// whose parts differ least, by the sum of squared differences; of equals the lesser key.
package struct AlikeShoppers: Sendable {
    /// A part of 1.
    static let whole: Int64 = 4_096

    private struct Buyer: Sendable {
        let place: Int32
        let part: Int32
    }

    package let keys: [UInt32]
    /// The sum of squares of each.
    private let squares: [Int64]
    /// By category who buys it, in the order of the keys, and what part.
    private let buyers: [[Buyer]]

    /// What a sample is gathered in, key by rising key.
    package struct Draft {
        private var keys: [UInt32] = []
        private var squares: [Int64] = []
        private var buyers: [[Buyer]]

        package init(categoryCount: Int) { buyers = [[Buyer]](repeating: [], count: categoryCount) }

        /// Who bought nothing is like nobody.
        package mutating func add(_ key: UInt32, _ habits: borrowing PromotionHabits) {
            guard habits.lines > 0 else { return }
            var sum: Int64 = 0
            for category in habits.categories where habits.lines(of: category) > 0 {
                let part = habits.part(of: category)
                buyers[Int(category)].append(Buyer(place: Int32(keys.count), part: Int32(part)))
                sum += part * part
            }
            keys.append(key)
            squares.append(sum)
        }

        package var sample: AlikeShoppers { AlikeShoppers(keys: keys, squares: squares, buyers: buyers) }
    }

    private init(keys: [UInt32], squares: [Int64], buyers: [[Buyer]]) {
        (self.keys, self.squares, self.buyers) = (keys, squares, buyers)
    }

    /// Of each of the sample whether they buy one of some categories.
    package func buy(_ categories: Set<Int32>) -> [Bool] {
        var buy = [Bool](repeating: false, count: keys.count)
        for category in categories { for buyer in buyers[Int(category)] { buy[Int(buyer.place)] = true } }
        return buy
    }

    /// Room for one search after another, and what the last one found: several campaigns ask of the same shopper.
    package struct Search {
        fileprivate var products: [Int64]
        fileprivate var order: [UInt64] = []
        /// Whose nearest the first `among` of `order` are.
        fileprivate var key: UInt32?
        fileprivate var among = 0

        package init(_ sample: AlikeShoppers) { products = [Int64](repeating: 0, count: sample.keys.count) }

        /// Another shopper comes.
        package mutating func forget() { key = nil }
    }

    /// How many of the nearest a test is true of, and how many they are: `wanted`, or all but the shopper where the sample has
    /// fewer.
    package func nearest(
        _ wanted: Int, to habits: borrowing PromotionHabits, besides key: UInt32, that isTrue: [Bool], _ search: inout Search
    ) -> (count: Int, among: Int) {
        if search.key != key { find(wanted, habits, besides: key, &search) }
        let count = search.order.prefix(search.among).count { isTrue[Int($0 & 0xFFFF_FFFF)] }
        return (count, search.among)
    }

    private func find(_ wanted: Int, _ habits: borrowing PromotionHabits, besides key: UInt32, _ search: inout Search) {
        for place in search.products.indices { search.products[place] = 0 }
        for category in habits.categories where habits.lines(of: category) > 0 {
            let part = habits.part(of: category)
            for buyer in buyers[Int(category)] { search.products[Int(buyer.place)] += part * Int64(buyer.part) }
        }
        search.order.removeAll(keepingCapacity: true)
        // The shopper's own square is the same for all: |a - b|^2 - |a|^2. It is never less than minus two wholes squared.
        let offset = 2 * Self.whole * Self.whole
        for place in keys.indices where keys[place] != key {
            let distance = squares[place] - 2 * search.products[place] + offset
            search.order.append(UInt64(distance) << 32 | UInt64(place))
        }
        search.among = min(wanted, search.order.count)
        search.order.selectLeast(search.among)
        search.key = key
    }
}

extension [UInt64] {
    /// Puts the least `count` of distinct numbers first, in no order (Hoare's selection with a median of three).
    fileprivate mutating func selectLeast(_ count: Int) {
        guard count > 0, count < self.count else { return }
        var (low, high) = (0, self.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < self[low] { swapAt(middle, low) }
            if self[high] < self[low] { swapAt(high, low) }
            if self[high] < self[middle] { swapAt(high, middle) }
            let pivot = self[middle]
            var (left, right) = (low, high)
            while left <= right {
                while self[left] < pivot { left += 1 }
                while self[right] > pivot { right -= 1 }
                if left <= right {
                    swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if count - 1 <= right { high = right } else if count - 1 >= left { low = left } else { return }
        }
    }
}
