/// What a node may spend on offers in memory, and when it lets them go.
package struct OfferBounds: Sendable {
    /// Of all retailers together, an estimate; 0 keeps none.
    package var bytesMax: Int
    /// Offers of a retailer that nobody has asked for so long are let go.
    package var idleSecondsMax: Int64 = 3_600
    /// Those that were asked for within this time are followed at every look, others when they are asked for again.
    package var warmSeconds: Int64 = 120

    /// How old what is shown may be.
    package static let ageMillisMax: Int64 = 2_000
    /// Retailers.
    static let retailersMax = 1_000
    /// A statement that reads for a start may take so long.
    static let loadStatementMillisMax = 120_000
    /// Rows of a statement that reads cards.
    static let cardsOfStatementMax = 200_000
    /// Grants in force of one retailer; beyond, PostgreSQL answers.
    static let grantsMax = 60_000
    /// Grants that came since the lists were made; beyond, they are made anew.
    static let laterGrantsMax = 64
    /// Shoppers that were looked at again since the start; beyond, all are.
    static let movedCardsMax = 200_000
    /// Stores and languages of a retailer whose offers are ready.
    static let boardsMax = 512
    /// A store's offers hold for so long at most, whatever happens: prices of another day, a clock that is put forward.
    static let boardSecondsMax: Int64 = 60
    /// Offers of one store; beyond, PostgreSQL answers.
    static let rowsOfBoardMax = 200_000
    /// Shoppers of whose limits it is known what is used.
    static let countersMax = 100_000
    /// Offers that did not fit are not tried again for so long.
    static let tooLargeSeconds: Int64 = 600

    package init(bytesMax: Int = 1 << 30) { self.bytesMax = bytesMax }

    package static let off = OfferBounds(bytesMax: 0)
}
