/// The equations of one Newton step: a symmetric, positive matrix and a gradient, solved by Cholesky's method.
struct NormalEquations {
    let size: Int
    var gradient: [Double]
    /// The lower triangle, row after row.
    private var triangle: [Double]

    init(size: Int) {
        self.size = size
        gradient = [Double](repeating: 0, count: size)
        triangle = [Double](repeating: 0, count: size * (size + 1) / 2)
    }

    mutating func add(_ value: Double, at row: Int, _ column: Int) { triangle[Self.place(row, column)] += value }

    /// One observation with its derivative and second derivative.
    mutating func add(_ values: [Double], residual: Double, curvature: Double) {
        var place = 0
        for row in 0..<size {
            gradient[row] += residual * values[row]
            let scaled = curvature * values[row]
            for column in 0...row {
                triangle[place] += scaled * values[column]
                place += 1
            }
        }
    }

    /// Rows without any information in them are not moved.
    var solution: [Double] {
        let root = factor
        var forward = gradient
        for row in 0..<size {
            for column in 0..<row { forward[row] -= root[Self.place(row, column)] * forward[column] }
            let pivot = root[Self.place(row, row)]
            forward[row] = pivot > 0 ? forward[row] / pivot : 0
        }
        var result = forward
        for row in stride(from: size - 1, through: 0, by: -1) {
            for below in (row + 1)..<max(size, row + 1) { result[row] -= root[Self.place(below, row)] * result[below] }
            let pivot = root[Self.place(row, row)]
            result[row] = pivot > 0 ? result[row] / pivot : 0
        }
        return result
    }

    /// The lower triangular root of the matrix.
    private var factor: [Double] {
        var root = triangle
        for row in 0..<size {
            for column in 0...row {
                var sum = root[Self.place(row, column)]
                for before in 0..<column { sum -= root[Self.place(row, before)] * root[Self.place(column, before)] }
                let pivot = root[Self.place(column, column)]
                root[Self.place(row, column)] = row == column ? max(0, sum).squareRoot() : pivot > 0 ? sum / pivot : 0
            }
        }
        return root
    }

    private static func place(_ row: Int, _ column: Int) -> Int { row * (row + 1) / 2 + column }
}
