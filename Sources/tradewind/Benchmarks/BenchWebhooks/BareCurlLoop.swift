import CLibcurl
import Glibc
import Postgres

/// What libcurl can do at most on this machine: one thread, one multi handle, as many requests at once as a node has, each the
/// same bytes as a signed message, and nothing kept of any.
@safe struct BareCurlLoop: Sendable {
    let urls: [String]
    /// `Name: value`, as they were sent.
    let headers: [String]
    let body: [UInt8]
    let inFlight: Int
    let seconds: Double

    /// Answers a second.
    func run() async -> Double {
        await withCheckedContinuation { continuation in
            Thread.start { continuation.resume(returning: measure()) }
        }
    }

    private func measure() -> Double {
        guard let multi = unsafe curl_multi_init() else { return 0 }
        var list: UnsafeMutablePointer<curl_slist>?
        for header in headers + ["Expect:"] { unsafe list = unsafe curl_slist_append(list, header) }
        let handles = unsafe (0..<inFlight).compactMap { unsafe prepare(urls[$0 % urls.count], list) }
        unsafe handles.forEach { unsafe _ = curl_multi_add_handle(multi, $0) }
        var answers = 0
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(seconds) {
            var running: Int32 = 0
            unsafe _ = curl_multi_perform(multi, &running)
            answers += unsafe again(multi)
            unsafe _ = curl_multi_poll(multi, nil, 0, 100, nil)
        }
        let elapsed = start.duration(to: .now) / .seconds(1)
        unsafe handles.forEach {
            unsafe _ = curl_multi_remove_handle(multi, $0)
            unsafe curl_easy_cleanup($0)
        }
        unsafe curl_slist_free_all(list)
        unsafe _ = curl_multi_cleanup(multi)
        return Double(answers) / elapsed
    }

    private func prepare(_ url: String, _ list: UnsafeMutablePointer<curl_slist>?) -> UnsafeMutableRawPointer? {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe _ = tradewind_curl_set_string(easy, CURLOPT_URL, url)
        unsafe _ = tradewind_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        unsafe _ = tradewind_curl_set_string(easy, CURLOPT_PROXY, "")
        unsafe _ = tradewind_curl_set_pointer(easy, CURLOPT_HTTPHEADER, list)
        unsafe _ = tradewind_curl_set_long(easy, CURLOPT_POST, 1)
        unsafe _ = tradewind_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        unsafe body.withUnsafeBytes { unsafe _ = tradewind_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
        return unsafe easy
    }

    /// Sends each finished request once more; how many there were.
    private func again(_ multi: UnsafeMutableRawPointer) -> Int {
        var (count, left) = (0, Int32(0))
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else { continue }
            if unsafe message.pointee.data.result == CURLE_OK { count += 1 }
            unsafe _ = curl_multi_remove_handle(multi, easy)
            unsafe _ = curl_multi_add_handle(multi, easy)
        }
        return count
    }
}
