/// The named limits of the catalogue. Each is a tested refusal of the parser or of the batch.
package enum CatalogueLimits {
    package static let nameCharactersMax = 300
    package static let wordCharactersMax = 100
    package static let suppliersOfProductMax = 50
    package static let gtinsOfProductMax = 100
    /// The level at which a category may be put, the root being 1.
    package static let categoryDepthMax = 16
    /// Days of a zone that one call may make known: a hundred years.
    package static let zoneDaysMax: Int32 = 36_525
}
