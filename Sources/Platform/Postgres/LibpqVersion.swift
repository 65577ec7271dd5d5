import CLibpq

package enum LibpqVersion {
    /// Of the library that runs with the program: `15.14`.
    package static let text = "\(PQlibVersion() / 10_000).\(PQlibVersion() % 10_000)"
}
