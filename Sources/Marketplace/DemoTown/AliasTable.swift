/// Draws one of n values with given weights in constant time, from one random number
/// (M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991).
struct AliasTable {
    private struct Cell {
        /// The part of the cell, of 2^32, that belongs to its own value.
        var keep: UInt64 = 1 << 32
        var own: Int32
        var other: Int32
    }

    private var cells: [Cell]

    /// `weights[i]` is the weight of `values[i]`; none negative, their sum positive.
    init(_ values: [Int32], weights: [Double]) {
        precondition(!values.isEmpty && values.count == weights.count)
        cells = values.map { Cell(own: $0, other: $0) }
        let mean = weights.reduce(0, +) / Double(weights.count)
        var scaled = weights.map { $0 / mean }
        var small = scaled.indices.filter { scaled[$0] < 1 }
        var large = scaled.indices.filter { scaled[$0] >= 1 }
        while let poor = small.popLast(), let rich = large.last {
            cells[poor].keep = UInt64(scaled[poor] * 0x1p32)
            cells[poor].other = values[rich]
            scaled[rich] -= 1 - scaled[poor]
            if scaled[rich] < 1 { small.append(large.removeLast()) }
        }
    }

    /// The value that 64 random bits choose.
    func value(at bits: UInt64) -> Int32 {
        let (high, low) = bits.multipliedFullWidth(by: UInt64(cells.count))
        let cell = cells[Int(truncatingIfNeeded: high)]
        return low >> 32 < cell.keep ? cell.own : cell.other
    }
}
