// swift-tools-version: 6.3
import PackageDescription

/// One set of strict settings for every Swift target. In CI a warning is an error.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .strictMemorySafety(),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A target of `Sources/Platform`: what any service on PostgreSQL would need; no business word in it.
func platform(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Platform/\(name)", swiftSettings: strict)
}

/// A target of `Sources/Marketplace`: one capability of the business. All of them stand on the same platform targets.
func capability(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    let common: [Target.Dependency] = ["Kernel", "Postgres", "Tenancy", "EventLog", "JSONText", "HTTPSupport", httpTypes]
    return .target(
        name: name, dependencies: common + dependencies, path: "Sources/Marketplace/\(name)", swiftSettings: strict)
}

/// The tests of one source target.
func tests(of name: String, uses dependencies: [Target.Dependency] = [], excluding files: [String] = []) -> Target {
    let common = ["TestSupport", "Kernel", "Postgres", "Tenancy", "JSONText"].filter { $0 != name } + [name]
    return .testTarget(
        name: "\(name)Tests", dependencies: common.map { .byName(name: $0) } + [httpTypes] + dependencies, exclude: files,
        swiftSettings: strict)
}

let package = Package(
    name: "tradewind",
    platforms: [.macOS("15.0"), .iOS("17.0")],
    products: [
        .executable(name: "tradewind", targets: ["tradewind"]),
        .executable(name: "bench-audiences", targets: ["BenchAudiences"]),
        .library(name: "TradewindClient", targets: ["TradewindClient"]),
        .executable(name: "offers-example", targets: ["OffersExample"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibpq", path: "Sources/Platform/CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CLibcurl", path: "Sources/Platform/CLibcurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CRoaring", path: "Sources/Platform/CRoaring", providers: [.apt(["libroaring-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/Platform/CZlib", providers: [.apt(["zlib1g-dev"])]),

        platform("Kernel"),
        platform("Postgres", uses: ["CLibpq", "Kernel", subprocess, crypto, systemPackage]),
        platform("Tenancy", uses: ["Kernel", "Postgres"]),
        platform("Sealing", uses: ["Kernel", "Postgres", crypto]),
        platform("Telemetry", uses: [logging]),
        platform("EventLog", uses: ["Kernel", "Postgres", "JSONText"]),
        platform("Bitmaps", uses: ["CRoaring"]),
        platform("AudienceIndex", uses: ["Bitmaps"]),
        platform("Compression", uses: ["CZlib"]),
        platform("TextStreams"),
        platform("OutboundHTTP", uses: ["CLibcurl"]),
        platform("JSONText", uses: ["Kernel"]),
        platform(
            "HTTPSupport",
            uses: [
                "Kernel", "Postgres", "Tenancy", "Telemetry", "JSONText", hummingbird, hummingbirdCore, httpTypes, nioCore,
                nioHTTP1, logging, crypto,
            ]),

        capability("Parties", uses: [crypto]),
        capability("Catalogue", uses: ["Parties"]),
        capability("Shoppers", uses: ["Parties"]),
        capability("Receipts", uses: ["Parties", "Catalogue", "Shoppers", "Compression", "TextStreams", crypto]),
        capability("Profiles", uses: ["Parties", "Catalogue", "Shoppers", "Receipts", crypto]),
        capability("Ledger", uses: ["Parties", crypto]),
        capability(
            "Audiences",
            uses: ["Parties", "Catalogue", "Shoppers", "Receipts", "Profiles", "AudienceIndex", "Sealing", crypto]),
        capability(
            "Campaigns", uses: ["Parties", "Catalogue", "Shoppers", "Profiles", "Audiences", "Ledger", "Bitmaps", crypto]),
        capability(
            "Offers", uses: ["Parties", "Catalogue", "Shoppers", "Profiles", "Audiences", "Campaigns", "Ledger", "Bitmaps"]),
        capability(
            "Checkout", uses: ["Parties", "Catalogue", "Shoppers", "Receipts", "Campaigns", "Offers", "Ledger", crypto]),
        capability("Settlement", uses: ["Parties", "Receipts", "Campaigns", "Checkout", "Ledger"]),
        capability("Webhooks", uses: ["Parties", "OutboundHTTP", "Sealing", "Telemetry", crypto, logging, lifecycle]),
        .target(name: "DemoTown", dependencies: ["Kernel"], path: "Sources/Marketplace/DemoTown", swiftSettings: strict),
        .target(
            name: "RankingEvaluation",
            dependencies: ["Kernel", "Compression", "TextStreams", "JSONText", "Campaigns", "Offers", systemPackage],
            path: "Sources/RankingEvaluation", swiftSettings: strict),

        .target(
            name: "App",
            dependencies: [
                "Kernel", "Postgres", "Tenancy", "Telemetry", "EventLog", "JSONText", "HTTPSupport", "Parties", "Catalogue",
                "Shoppers", "Receipts", "Profiles", "Ledger", "Audiences", "Campaigns", "Offers", "Checkout", "Settlement",
                "Webhooks",
                "AudienceIndex", "Compression", "OutboundHTTP", "Sealing", crypto, hummingbird, hummingbirdCore,
                httpTypes, logging, lifecycle, nioCore, systemPackage,
            ],
            path: "Sources/App", swiftSettings: strict),
        .target(
            name: "Demo",
            dependencies: [
                "App", "DemoTown", "Kernel", "Postgres", "Tenancy", "JSONText", "HTTPSupport", "Parties", "Ledger", "Campaigns",
                "Offers", "Webhooks", crypto, hummingbird, httpTypes, logging, lifecycle, unixSignals, nioCore, nioHTTP1,
                nioPosix, systemPackage,
            ],
            path: "Sources/Demo", swiftSettings: strict),
        .executableTarget(
            name: "tradewind",
            dependencies: [
                "App", "AudienceIndex", "Audiences", "Demo", "RankingEvaluation", "Kernel", "Ledger", "Postgres", "Parties",
                "Profiles", "Receipts",
                "Sealing", "JSONText", "Compression", "TextStreams", "Tenancy", "Campaigns", "Checkout", "EventLog",
                "Bitmaps", "Offers", "HTTPSupport", "Telemetry", "Webhooks", "OutboundHTTP", "CLibcurl", arguments, logging,
                httpTypes, lifecycle,
                unixSignals,
                subprocess, nioCore, nioPosix,
                systemPackage,
            ], path: "Sources/tradewind", swiftSettings: strict),

        // For apps: Foundation alone, for iOS and Linux.
        .target(name: "TradewindClient", path: "Sources/Client/TradewindClient", swiftSettings: strict),
        .executableTarget(
            name: "OffersExample", dependencies: ["TradewindClient"], path: "Sources/Client/OffersExample", swiftSettings: strict),

        .executableTarget(
            name: "BenchAudiences",
            dependencies: ["AudienceIndex", "Audiences", "Bitmaps", "HTTPSupport", "JSONText", "Kernel"],
            path: "Sources/BenchAudiences",
            swiftSettings: strict),

        .target(
            name: "TestSupport",
            dependencies: [
                "Kernel", "Postgres", "Tenancy", "HTTPSupport", "JSONText", "Telemetry", "Parties", "Catalogue", "Shoppers",
                "Audiences", "Campaigns", "Ledger", "EventLog", "Offers", "Checkout", "Receipts", "Profiles", "Webhooks",
                "OutboundHTTP", "Sealing", "App",
                httpTypes, logging, lifecycle, nioCore, nioPosix, nioHTTP1, systemPackage,
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "DemoTownTests", dependencies: ["DemoTown", "Kernel", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ContractTests",
            dependencies: [
                "App", "Campaigns", "Catalogue", "EventLog", "HTTPSupport", "JSONText", "Kernel", "Ledger", "Offers", "Parties",
                "Postgres", "Receipts", "Shoppers", "Tenancy", "TestSupport", "Webhooks", crypto, httpTypes, logging, yams,
            ],
            exclude: ["example_answers.py", "name_responses.py", "validate_examples.py", "validate_exchanges.py"],
            swiftSettings: strict),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "App", "AudienceIndex", "Audiences", "Campaigns", "Compression", "HTTPSupport", "JSONText", "Kernel", "Ledger",
                "Offers", "Parties", "Postgres", "Profiles", "Receipts", "Tenancy", "TestSupport", crypto, httpTypes, subprocess,
                systemPackage,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DemoStoryTests", dependencies: ["Demo", "JSONText", "TestSupport", subprocess, systemPackage],
            exclude: ["newcomer.sh", "guide.sh"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        tests(of: "Kernel"),
        tests(of: "JSONText"),
        tests(of: "HTTPSupport", uses: [nioCore]),
        tests(of: "Postgres", uses: [systemPackage]),
        tests(of: "Parties"),
        tests(of: "Catalogue", uses: ["Parties", "HTTPSupport"]),
        tests(of: "Shoppers", uses: ["Parties", "Catalogue", "EventLog", "HTTPSupport"]),
        tests(of: "Receipts", uses: ["Parties", "Catalogue", "Shoppers", "Compression", "TextStreams", "HTTPSupport"]),
        tests(of: "Profiles", uses: ["Parties", "Catalogue", "Shoppers", "Receipts"]),
        tests(of: "Ledger", uses: ["Parties", "EventLog", "HTTPSupport", crypto]),
        tests(
            of: "Audiences",
            uses: [
                "App", "Parties", "Catalogue", "Shoppers", "Receipts", "Profiles", "AudienceIndex", "Sealing", "EventLog",
                "Telemetry", "HTTPSupport", logging,
            ]),
        tests(
            of: "Campaigns",
            uses: [
                "Parties", "Catalogue", "Shoppers", "Receipts", "Audiences", "Ledger", "Bitmaps", "EventLog", "HTTPSupport",
                "App",
            ]),
        tests(of: "Sealing"),
        tests(of: "Bitmaps"),
        tests(of: "AudienceIndex", uses: ["Bitmaps"]),
        tests(of: "Compression"),
        tests(of: "TextStreams"),
        tests(of: "OutboundHTTP"),
        tests(
            of: "Offers",
            uses: [
                "Parties", "Catalogue", "Shoppers", "Campaigns", "Ledger", "EventLog", "HTTPSupport", "Bitmaps", "Telemetry",
                "Webhooks", "App", "TradewindClient", logging,
            ]),
        .testTarget(
            name: "RankingEvaluationTests",
            dependencies: [
                "RankingEvaluation", "Campaigns", "Compression", "JSONText", "Kernel", "Offers", "TestSupport", systemPackage,
            ],
            swiftSettings: strict),
        tests(of: "Checkout", uses: ["Parties", "Receipts", "Campaigns", "Offers", "Ledger", "EventLog", "App"]),
        tests(
            of: "Settlement", uses: ["Parties", "Catalogue", "Campaigns", "Checkout", "Ledger", "EventLog", "HTTPSupport", "App"]),
        tests(
            of: "Webhooks",
            uses: [
                "App", "Parties", "EventLog", "OutboundHTTP", "HTTPSupport", "Sealing", "Telemetry", crypto, logging, subprocess,
                systemPackage,
            ],
            excluding: [
                "verify_signature.py", "run_receivers.py", "wrong_certificate.py",
            ]),
    ]
)
