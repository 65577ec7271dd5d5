/// One category of the chain: what its products look like and how much of the sales it takes.
struct CategoryPattern {
    enum Measure {
        case piece
        /// Sold by weight; so many grams are typical for a line.
        case kilogram(grams: Double)
    }

    let department: String
    let name: String
    /// Its part of sales, relative to the other categories.
    let sales: Double
    /// The middle regular price of a national brand, in roubles for a piece or a kilogram.
    let roubles: Double
    /// The private label's part of the category's sales, relative to other categories.
    let privateLabel: Double
    var measure = Measure.piece
    var vatRateBp: Int32 = 1000
    var habit = Habit.everyday
    var isAdult = false
    let variants: [String]
    let sizes: [String]
}

/// Groups of categories that only some shoppers live with: who has the habit buys most of the group's lines.
package enum Habit: Int, CaseIterable, Sendable {
    case everyday, pets, coffee, meat

    /// The part of shoppers who have it.
    var share: Double {
        switch self {
        case .everyday: 1
        case .pets: 0.35
        case .coffee: 0.45
        case .meat: 0.5
        }
    }
}

extension CategoryPattern {
    /// Sales shares and prices are those of a common Russian supermarket, rounded; VAT at the rates of 2019 to 2025.
    static let all: [CategoryPattern] = fresh + grocery + sweetsAndDrinks + frozen + household + pets

    private static let fresh: [CategoryPattern] = [
        food("Dairy", "Milk", 3.2, 92, 1.2, "2.5 %|3.2 %|lactose-free|baked", "930 ml|1.4 l"),
        food("Dairy", "Yoghurt", 2.6, 64, 0.9, "natural|strawberry|peach|drinking", "125 g|270 g"),
        food("Dairy", "Cheese", 4.0, 239, 0.8, "mild|mature|sliced|for grilling", "180 g|400 g"),
        food("Dairy", "Butter", 1.6, 199, 1.0, "82.5 %|72.5 %|lightly salted", "180 g|400 g"),
        food("Dairy", "Curd", 1.5, 109, 1.0, "5 %|9 %|soft with berries", "200 g|350 g"),
        food("Dairy", "Eggs", 1.6, 119, 1.8, "C0|C1|free range", "10 pcs|20 pcs"),
        food("Bakery", "Bread", 2.4, 58, 1.6, "wheat|rye|toast|wholegrain", "350 g|600 g"),
        food("Bakery", "Pastry", 2.2, 82, 1.5, "croissant|poppy roll|cinnamon bun|apple pie", "90 g|300 g"),
        weighed("Produce", "Vegetables", 4.5, 129, 0.6, grams: 700, "tomatoes|cucumbers|potatoes|carrots|onions|peppers"),
        weighed("Produce", "Fruit", 4.6, 169, 0.5, grams: 850, "apples|bananas|oranges|grapes|pears|lemons"),
        food("Produce", "Salads and herbs", 1.2, 85, 1.0, "rocket|iceberg|dill|mixed leaves", "75 g|125 g"),
        weighed("Meat", "Beef", 2.2, 720, 0.6, grams: 700, "shoulder|sirloin|stewing|ribs").bought(by: .meat),
        weighed("Meat", "Pork", 2.2, 410, 0.7, grams: 850, "neck|loin|leg|ribs").bought(by: .meat),
        food("Meat", "Minced meat", 1.4, 329, 1.2, "beef|pork|mixed", "400 g|800 g").bought(by: .meat),
        weighed("Meat", "Poultry", 3.0, 269, 0.9, grams: 1000, "breast|thighs|whole chicken|turkey fillet"),
        food("Meat", "Sausages", 4.0, 219, 0.8, "boiled|smoked|frankfurters|ham", "300 g|450 g"),
        weighed("Fish", "Fish", 2.0, 620, 0.5, grams: 500, "salmon|cod|trout|mackerel"),
    ]

    private static let grocery: [CategoryPattern] = [
        food("Grocery", "Pasta", 1.5, 89, 1.2, "spaghetti|penne|fusilli|noodles", "400 g|800 g"),
        food("Grocery", "Cereals", 1.4, 98, 1.6, "buckwheat|rice|oats|millet", "400 g|800 g"),
        food("Grocery", "Flour, sugar and salt", 1.2, 79, 2.0, "flour|sugar|salt|yeast", "500 g|1 kg"),
        food("Grocery", "Oil", 1.6, 159, 1.2, "sunflower|olive|for frying", "500 ml|900 ml"),
        food("Grocery", "Sauces", 1.8, 109, 0.9, "ketchup|mayonnaise|mustard|soy", "200 g|400 g"),
        food("Grocery", "Tinned vegetables", 1.4, 119, 1.4, "peas|sweetcorn|beans|tomatoes", "340 g|680 g"),
        food("Grocery", "Tinned fish", 1.1, 149, 0.9, "tuna|sprats|saury", "160 g|240 g"),
        food("Grocery", "Breakfast cereals", 1.5, 169, 1.0, "muesli|corn flakes|granola", "250 g|400 g"),
        food("Grocery", "Baby food", 1.6, 79, 0.2, "apple|pumpkin|turkey|porridge", "80 g|200 g"),
    ]

    private static let sweetsAndDrinks: [CategoryPattern] = [
        food("Sweets", "Chocolate", 3.2, 119, 0.5, "milk|dark|hazelnut|white", "85 g|180 g").taxed(2000),
        food("Sweets", "Biscuits", 2.4, 95, 1.0, "butter|oat|with chocolate|wafers", "200 g|400 g").taxed(2000),
        food("Sweets", "Sweets", 1.8, 149, 0.8, "caramel|jelly|toffee", "150 g|250 g").taxed(2000),
        food("Sweets", "Nuts and dried fruit", 1.4, 189, 1.4, "almonds|cashews|raisins|mixed", "100 g|250 g").taxed(2000),
        food("Sweets", "Crisps and snacks", 2.2, 115, 0.5, "salted|paprika|sour cream|rye", "70 g|150 g").taxed(2000),
        food("Drinks", "Water", 1.8, 62, 1.4, "still|sparkling|mineral", "500 ml|1.5 l|5 l").taxed(2000),
        food("Drinks", "Soft drinks", 3.0, 99, 0.4, "cola|lemonade|orange|tonic", "500 ml|1.5 l").taxed(2000),
        food("Drinks", "Juice", 2.0, 129, 0.8, "apple|orange|tomato|multifruit", "200 ml|1 l").taxed(2000),
        food("Drinks", "Tea", 1.5, 159, 0.6, "black|green|herbal|with bergamot", "25 bags|100 bags").taxed(2000),
        food("Drinks", "Ground coffee", 1.3, 459, 0.5, "arabica|espresso|beans|decaf", "250 g|1 kg").taxed(2000).bought(
            by: .coffee),
        food("Drinks", "Instant coffee", 1.4, 359, 0.4, "granulated|freeze-dried|3 in 1", "95 g|190 g").taxed(2000).bought(
            by: .coffee),
        food("Drinks", "Beer", 3.2, 95, 0.3, "lager|wheat|alcohol-free|stout", "450 ml|1.3 l").taxed(2000).adult,
        food("Drinks", "Wine", 2.4, 549, 0.4, "dry red|dry white|rose|sparkling", "750 ml").taxed(2000).adult,
    ]

    private static let frozen: [CategoryPattern] = [
        food("Frozen", "Ready meals", 2.4, 229, 1.0, "lasagne|pancakes|cutlets|paella", "300 g|450 g"),
        food("Frozen", "Frozen vegetables", 1.2, 149, 1.8, "broccoli|mixed|beans|spinach", "400 g|750 g"),
        food("Frozen", "Ice cream", 1.8, 92, 0.6, "vanilla|chocolate|pistachio|sorbet", "80 g|400 g"),
        food("Frozen", "Pizza", 1.3, 279, 0.9, "margherita|ham|four cheeses", "320 g|410 g"),
        food("Frozen", "Dumplings", 1.6, 269, 1.0, "beef|pork|with potatoes", "430 g|800 g"),
        food("Frozen", "Seafood", 1.2, 399, 0.6, "shrimp|squid|mussels", "300 g|500 g"),
    ]

    private static let household: [CategoryPattern] = [
        food("Household", "Laundry", 2.2, 339, 0.5, "colour|white|baby|capsules", "1 l|2 l").taxed(2000),
        food("Household", "Cleaning", 1.5, 159, 0.8, "kitchen|bathroom|glass|floor", "500 ml|1 l").taxed(2000),
        food("Household", "Paper", 1.9, 179, 1.6, "toilet paper|towels|tissues", "4 rolls|8 rolls").taxed(2000),
        food("Household", "Bags and foil", 0.6, 99, 2.0, "bin bags|foil|freezer bags", "20 pcs|50 pcs").taxed(2000),
        food("Beauty", "Hair care", 1.4, 259, 0.4, "shampoo|balm|mask", "250 ml|400 ml").taxed(2000),
        food("Beauty", "Oral care", 1.0, 169, 0.4, "toothpaste|brush|rinse", "75 ml|100 ml").taxed(2000),
        food("Beauty", "Soap and shower", 1.0, 139, 0.7, "soap|shower gel|hand wash", "90 g|250 ml").taxed(2000),
        food("Beauty", "Skin care", 1.0, 289, 0.3, "day cream|hand cream|lotion", "50 ml|75 ml").taxed(2000),
    ]

    private static let pets: [CategoryPattern] = [
        food("Pets", "Cat food", 1.9, 49, 0.5, "chicken|salmon|beef|dry", "75 g|85 g").taxed(2000).bought(by: .pets),
        food("Pets", "Dog food", 1.2, 129, 0.5, "beef|lamb|dry|treats", "400 g|800 g").taxed(2000).bought(by: .pets),
        food("Pets", "Litter", 0.6, 309, 1.0, "clumping|wood|silica gel", "5 l|10 l").taxed(2000).bought(by: .pets),
    ]

    private static func food(
        _ department: String, _ name: String, _ sales: Double, _ roubles: Double, _ privateLabel: Double,
        _ variants: String, _ sizes: String
    ) -> CategoryPattern {
        CategoryPattern(
            department: department, name: name, sales: sales, roubles: roubles, privateLabel: privateLabel,
            variants: variants.split(separator: "|").map(String.init), sizes: sizes.split(separator: "|").map(String.init))
    }

    private static func weighed(
        _ department: String, _ name: String, _ sales: Double, _ roubles: Double, _ privateLabel: Double, grams: Double,
        _ variants: String
    ) -> CategoryPattern {
        var pattern = food(department, name, sales, roubles, privateLabel, variants, "kg")
        pattern.measure = .kilogram(grams: grams)
        return pattern
    }

    private func bought(by habit: Habit) -> CategoryPattern {
        var pattern = self
        pattern.habit = habit
        return pattern
    }

    private var adult: CategoryPattern {
        var pattern = self
        pattern.isAdult = true
        return pattern
    }

    private func taxed(_ rateBp: Int32) -> CategoryPattern {
        var pattern = self
        pattern.vatRateBp = rateBp
        return pattern
    }
}
