import Kernel

extension Story {
    func readStatement() async throws {}
}
