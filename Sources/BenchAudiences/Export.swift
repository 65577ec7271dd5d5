import AudienceIndex
import Glibc

/// The town as plain arrays of little-endian numbers, for the engines that we are measured against.
struct Export {
    let folder: String

    enum Fault: Error { case cannotWrite(String) }

    func write(_ town: Town, _ answers: [Answer]) throws {
        try write("receipts.u16", (0..<town.count).map { town.receipts[$0] })
        try write("last_day.u16", (0..<town.count).map { town.lastDay[$0] })
        try write("spend.i64", (0..<town.count).map { town.spend[$0] ?? 0 })
        try write(pairs: "visits", town.visits)
        try write(pairs: "favourites", town.favourites)
        try write(pairs: "categories", town.boughtCategories)
        try write(pairs: "products", town.boughtProducts)
        try write(members: "traits", town.traitMembers)
        try write(members: "tags", town.tagMembers)
        for (name, sets) in [("r", town.recencyScores), ("f", town.frequencyScores), ("m", town.moneyScores)] {
            let scores = (0..<UInt32(town.count)).map { ordinal in
                sets.reduce(UInt8(1)) { $0 + ($1.contains(ordinal) ? 1 : 0) }
            }
            try write("\(name).u8", scores)
        }
        let lines = answers.map { "\($0.name),\($0.kind),\($0.count),\(digits($0.millis))\n" }.joined()
        try write("answers.csv", Array(lines.utf8))
    }

    /// Three arrays: the set's number, the ordinal, the value; in the order of sets.
    private func write(pairs name: String, _ sets: [ValuedSet]) throws {
        try write(
            "\(name).set.u16", sets.enumerated().flatMap { number, set in Array(repeating: UInt16(number), count: set.count) })
        try write("\(name).shopper.u32", sets.flatMap(\.ordinals))
        try write("\(name).value.u16", sets.flatMap(\.allValues))
    }

    private func write(members name: String, _ sets: [OrdinalSet]) throws {
        try write(
            "\(name).set.u16", sets.enumerated().flatMap { number, set in Array(repeating: UInt16(number), count: set.count) })
        try write("\(name).shopper.u32", sets.flatMap(\.ordinals))
    }

    private func write<Number: BitwiseCopyable>(_ name: String, _ numbers: [Number]) throws {
        guard let file = unsafe fopen("\(folder)/\(name)", "w") else { throw Fault.cannotWrite(name) }
        let written = unsafe numbers.withUnsafeBytes { bytes in
            unsafe fwrite(bytes.baseAddress, 1, bytes.count, file)
        }
        let isClosed = unsafe fclose(file) == 0
        guard written == numbers.count * MemoryLayout<Number>.stride, isClosed else { throw Fault.cannotWrite(name) }
    }
}
