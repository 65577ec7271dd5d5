package import Kernel

/// Which category lies in which: a forest without cycles. How deep a category may be put is bounded.
package struct CategoryTree: Sendable {
    package enum Refusal: Error, Hashable, Sendable {
        /// The category would lie in itself.
        case cycle
        /// More than `CatalogueLimits.categoryDepthMax` levels.
        case tooDeep
    }

    private var parents: [ExternalID: ExternalID]

    /// `parents` of a stored tree, or of nothing.
    package init(parents: [ExternalID: ExternalID] = [:]) { self.parents = parents }

    /// Moves a category with all below it under another parent, or makes it a root.
    package mutating func move(_ category: ExternalID, under parent: ExternalID?) throws(Refusal) {
        let before = parents[category]
        parents[category] = parent
        do throws(Refusal) {
            try checkPath(from: category)
        } catch {
            parents[category] = before
            throw error
        }
    }

    /// The category itself and every one that it lies in, inmost first.
    package func path(from category: ExternalID) -> [ExternalID] {
        var path = [category]
        while let parent = parents[path[path.count - 1]], path.count <= parents.count { path.append(parent) }
        return path
    }

    /// Looks at most `categoryDepthMax` levels up, whatever hangs below.
    private func checkPath(from category: ExternalID) throws(Refusal) {
        var (current, depth) = (category, 1)
        while let parent = parents[current] {
            guard parent != category else { throw .cycle }
            depth += 1
            guard depth <= CatalogueLimits.categoryDepthMax else { throw .tooDeep }
            current = parent
        }
    }
}
