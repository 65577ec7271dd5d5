import Testing

/// Which target may see which (`docs/architecture.md`).
@Suite struct LayerTests {
    private static let marketplace = [
        "Parties", "Catalogue", "Shoppers", "Receipts", "Profiles", "Ledger", "Audiences", "Campaigns", "Offers", "Checkout",
        "Settlement", "Webhooks", "Reports", "App",
    ]

    @Test(arguments: SourceFile.sources.filter { $0.path.contains("/Platform/") })
    func `the platform knows nothing of the business`(file: SourceFile) {
        #expect(imports(of: file).allSatisfy { !Self.marketplace.contains($0) })
    }

    @Test(arguments: SourceFile.sources.filter { $0.path.contains("/Marketplace/") })
    func `a capability does not know the application`(file: SourceFile) {
        #expect(!imports(of: file).contains("App"))
    }

    @Test(arguments: SourceFile.sources.filter { $0.path.contains("/Marketplace/Webhooks/") })
    func `webhooks know no other capability than the parties`(file: SourceFile) {
        let others = Set(Self.marketplace).subtracting(["Webhooks", "Parties"])
        #expect(others.isDisjoint(with: imports(of: file)))
    }

    private func imports(of file: SourceFile) -> [String] {
        file.lines.compactMap { line in
            line.contains("import ") && !line.hasPrefix("//") ? line.split(separator: " ").last.map(String.init) : nil
        }
    }
}
