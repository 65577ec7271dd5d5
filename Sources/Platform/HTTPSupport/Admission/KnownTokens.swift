/// Keys that were accepted lately, as hashes that only this process can compute. In two generations, so that the set is
/// bounded and what is used stays.
package struct KnownTokens: Sendable {
    private let generationMax: Int
    private var young: Set<Int> = []
    private var old: Set<Int> = []

    package init(countMax: Int) { generationMax = max(1, countMax / 2) }

    package var count: Int { young.count + old.count }

    package mutating func contains(_ hash: Int) -> Bool {
        if young.contains(hash) { return true }
        guard old.remove(hash) != nil else { return false }
        insert(hash)
        return true
    }

    package mutating func insert(_ hash: Int) {
        guard !young.contains(hash) else { return }
        if young.count >= generationMax {
            old = young
            young = []
        }
        young.insert(hash)
    }

    package mutating func remove(_ hash: Int) {
        young.remove(hash)
        old.remove(hash)
    }
}
