package import HTTPSupport
package import Postgres

/// All routes of the catalogue.
package struct CatalogueRoutes: Sendable {
    package let routes: [Route]

    package init(_ database: Database) {
        routes =
            StoreRoutes(database).routes + ProductRoutes(database).routes + BrandRoutes(database).routes
            + CategoryRoutes(database).routes + PriceZoneRoutes(database).routes + PriceRoutes(database).routes
    }
}
