import Glibc
import Testing

/// For tests of a running program whose answers have a time: beside ten other tests two cores are too few for it. `bin/test` runs
/// them one after the other, as a step of its own.
enum Alone {
    static let isAsked = unsafe getenv("TRADEWIND_TESTS_ALONE") != nil
    static let missing: Comment = "TRADEWIND_TESTS_ALONE is not set"
}
