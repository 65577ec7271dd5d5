import Glibc

/// Whole lines at once, also where nobody looks at a terminal: what a service prints must not wait in a buffer.
enum StandardOutput {
    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
                guard count > 0 else { return }
                written += count
            }
        }
    }
}
