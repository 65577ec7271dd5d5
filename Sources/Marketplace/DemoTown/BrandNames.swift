/// Invented names that sound like brands; each number below `count` has its own.
enum BrandNames {
    private static let heads = [
        "Vel", "Mor", "Sun", "Lim", "Tar", "Bel", "Kor", "Nov", "Ard", "Fen", "Gal", "Hor", "Jas", "Lor", "Mir", "Oster",
        "Pal", "Rin", "Sav", "Tul", "Ul", "Vik", "Wen", "Yar", "Zel", "Dov", "Est", "Cal",
    ]
    private static let middles = ["a", "o", "i", "e", "anda", "oro", "ini", "ela", "ivo", "ast", "um", "ero"]
    private static let ends = ["ra", "na", "vo", "ta", "lis", "mel", "dor", "ska", "line", "ven"]

    static let count = heads.count * middles.count * ends.count

    /// The name of a number of 0 ..< `count`. Neighbouring numbers differ in all parts.
    static func name(_ number: Int) -> String {
        // 1 597 has no divisor in common with the count, so the product meets each combination once.
        let place = number * 1597 % count
        return heads[place % heads.count] + middles[place / heads.count % middles.count]
            + ends[place / (heads.count * middles.count)]
    }
}
