/// Where requests of a test wait until it lets them on.
package actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    package init() {}

    package func pass() async {
        guard !isOpen else { return }
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            let due = watchers.filter { $0.count <= waiting.count }
            watchers.removeAll { $0.count <= waiting.count }
            for watcher in due { watcher.continuation.resume() }
        }
    }

    /// Returns when so many wait.
    package func arrived(_ count: Int) async {
        guard waiting.count < count else { return }
        await withCheckedContinuation { watchers.append((count, $0)) }
    }

    /// For good.
    package func open() {
        isOpen = true
        letOn()
    }

    /// Those who wait now.
    package func letOn() {
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
