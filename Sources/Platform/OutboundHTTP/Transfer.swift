import CLibcurl
import Glibc

/// One request on its way: libcurl's easy handle, what it points to, and what came back so far. Confined to the curl
/// thread; the loop keeps it alive for as long as libcurl may call it.
@safe final class Transfer {
    let easy: UnsafeMutableRawPointer
    private let submission: Submission
    private let policy: AddressPolicy
    private let limits: OutboundLimits
    private let resolver: Resolver?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var addressList: UnsafeMutablePointer<curl_slist>?

    private var answerBytes = 0
    private var head: [UInt8] = []
    private var isTooLarge = false
    private var blocked: BlockReason?
    private var hasOpenedSocket = false

    /// - Parameter easy: a handle without options, which is the caller's to free.
    init(
        _ submission: Submission, on easy: UnsafeMutableRawPointer, policy: AddressPolicy, limits: OutboundLimits,
        resolver: Resolver?
    ) {
        unsafe self.easy = unsafe easy
        self.submission = submission
        self.policy = policy
        self.limits = limits
        self.resolver = resolver
    }

    /// The handle has been reset or freed before: it points to these.
    deinit {
        unsafe curl_slist_free_all(headerList)
        unsafe curl_slist_free_all(addressList)
    }

    /// Gives the task its outcome; once, after the handle left the loop.
    func finish(_ outcome: OutboundOutcome) { submission.continuation.resume(returning: outcome) }

    /// Sets every option; false if libcurl refused one.
    func prepare() -> Bool { setAddress() && setResolver() && setTimes() && setHeaders() && setBody() && setCallbacks() }

    private func setAddress() -> Bool {
        let schemes = policy.allowsPlainHTTP ? "http,https" : "https"
        return set(CURLOPT_URL, submission.request.url) && set(CURLOPT_PROTOCOLS_STR, schemes)
            && set(CURLOPT_FOLLOWLOCATION, 0)
            // An empty proxy also keeps libcurl from reading the environment.
            && set(CURLOPT_PROXY, "") && set(CURLOPT_NOPROXY, "*")
            && set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    }

    private func setResolver() -> Bool {
        guard let resolver, let lines = resolver.lines(for: submission.request.url) else { return true }
        for line in lines { unsafe addressList = unsafe curl_slist_append(addressList, line) }
        return unsafe tradewind_curl_set_pointer(easy, CURLOPT_RESOLVE, addressList) == CURLE_OK
    }

    private func setTimes() -> Bool {
        set(CURLOPT_NOSIGNAL, 1)
            // Otherwise giving up on a name that does not resolve joins the resolver's thread, and every other request
            // waits for it: measured with a name server that never answers, 9.7 s against 8 ms.
            && set(CURLOPT_QUICK_EXIT, 1)
            && set(CURLOPT_CONNECTTIMEOUT_MS, submission.request.connectTimeout.milliseconds)
            && set(CURLOPT_TIMEOUT_MS, submission.request.totalTimeout.milliseconds)
            && set(CURLOPT_MAXAGE_CONN, limits.idleConnectionSecondsMax)
    }

    private func setHeaders() -> Bool {
        let headers = submission.request.headers
        for header in headers {
            // With a colon and no value libcurl would drop the header instead of sending it empty.
            let isEmpty = header.value.allSatisfy { $0 == " " }
            guard append(isEmpty ? "\(header.name);" : "\(header.name): \(header.value)") else { return false }
        }
        // Without these libcurl waits a second for `100 Continue`, and calls the body a form.
        let isTyped = headers.contains { $0.name.lowercased() == "content-type" }
        guard append("Expect:"), isTyped || append("Content-Type:") else { return false }
        return unsafe tradewind_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList) == CURLE_OK
    }

    private func append(_ line: String) -> Bool {
        guard let list = unsafe curl_slist_append(headerList, line) else { return false }
        unsafe headerList = unsafe list
        return true
    }

    private func setBody() -> Bool {
        let body = submission.request.body
        // The size goes first: COPYPOSTFIELDS copies by it.
        guard set(CURLOPT_POST, 1),
            unsafe tradewind_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)) == CURLE_OK
        else { return false }
        guard !body.isEmpty else { return set(CURLOPT_COPYPOSTFIELDS, "") }
        return unsafe body.withUnsafeBytes {
            unsafe tradewind_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) == CURLE_OK
        }
    }

    private func setCallbacks() -> Bool {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        let codes = unsafe [
            tradewind_curl_set_pointer(easy, CURLOPT_PRIVATE, UnsafeRawPointer(bitPattern: UInt(submission.id))),
            tradewind_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me),
            tradewind_curl_set_opensocket(easy) { me, _, address in
                guard let me = unsafe me, let address = unsafe address else { return CURL_SOCKET_BAD }
                return unsafe Unmanaged<Transfer>.fromOpaque(me).takeUnretainedValue().openSocket(address)
            },
            tradewind_curl_set_pointer(easy, CURLOPT_WRITEDATA, me),
            tradewind_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
                guard let me = unsafe me, let bytes = unsafe bytes else { return 0 }
                let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
                return unsafe Unmanaged<Transfer>.fromOpaque(me).takeUnretainedValue().receiveBody(buffer)
            },
            tradewind_curl_set_pointer(easy, CURLOPT_HEADERDATA, me),
            tradewind_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { _, size, count, me in
                guard let me = unsafe me else { return 0 }
                return unsafe Unmanaged<Transfer>.fromOpaque(me).takeUnretainedValue().receiveHeader(size * count)
            },
        ]
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    private func set(_ option: CURLoption, _ value: Int) -> Bool {
        unsafe tradewind_curl_set_long(easy, option, value) == CURLE_OK
    }

    private func set(_ option: CURLoption, _ value: String) -> Bool {
        unsafe tradewind_curl_set_string(easy, option, value) == CURLE_OK
    }
}

/// What libcurl calls.
extension Transfer {
    /// The one place where it is decided whom this server talks to. Not called for a pooled connection, which was
    /// decided on when it was opened.
    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let target = unsafe IPAddress(UnsafePointer(address)) else {
            blocked = .noAddress
            return CURL_SOCKET_BAD
        }
        if let purpose = policy.blocks(target) {
            blocked = .range(purpose)
            return CURL_SOCKET_BAD
        }
        hasOpenedSocket = true
        return unsafe socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    /// Returning less than it was given tells libcurl to stop.
    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard take(bytes.count) else { return 0 }
        let room = limits.answerBytesKept - head.count
        unsafe head.append(contentsOf: bytes.prefix(room))
        return bytes.count
    }

    /// Headers count too: libcurl keeps all of them.
    private func receiveHeader(_ byteCount: Int) -> Int { take(byteCount) ? byteCount : 0 }

    private func take(_ byteCount: Int) -> Bool {
        answerBytes += byteCount
        if answerBytes > limits.answerBytesMax { isTooLarge = true }
        return !isTooLarge
    }
}

/// What came of it.
extension Transfer {
    /// Reads the outcome from libcurl's code. The handle must still be in the loop.
    func outcome(_ code: CURLcode) -> OutboundOutcome {
        OutboundOutcome(result: result(code), durations: durations(), remoteAddress: remoteAddress())
    }

    private func result(_ code: CURLcode) -> OutboundOutcome.Result {
        if isTooLarge { return .failed(OutboundFailure(kind: .tooLarge, message: "The answer is too large.")) }
        if let blocked, !hasOpenedSocket {
            return .failed(OutboundFailure(kind: .blockedAddress, message: blocked.message))
        }
        guard code == CURLE_OK else {
            let message = unsafe String(cString: curl_easy_strerror(code))
            return .failed(OutboundFailure(kind: OutboundFailure.Kind(code), message: message))
        }
        var status = 0
        unsafe _ = tradewind_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        let retryAfter = status < 300 ? nil : header("Retry-After", bytesMax: OutboundAnswer.retryAfterBytesMax)
        return .answered(OutboundAnswer(status: status, retryAfter: retryAfter, head: head))
    }

    private func header(_ name: String, bytesMax: Int) -> String? {
        var found: UnsafeMutablePointer<curl_header>?
        guard unsafe curl_easy_header(easy, name, 0, UInt32(CURLH_HEADER), -1, &found) == CURLHE_OK,
            let found = unsafe found
        else { return nil }
        return unsafe String(decoding: String(cString: found.pointee.value).utf8.prefix(bytesMax), as: UTF8.self)
    }

    private func durations() -> OutboundDurations {
        let dns = micros(CURLINFO_NAMELOOKUP_TIME_T)
        let connected = max(dns, micros(CURLINFO_CONNECT_TIME_T))
        let secured = max(connected, micros(CURLINFO_APPCONNECT_TIME_T))
        let firstByte = max(secured, micros(CURLINFO_STARTTRANSFER_TIME_T))
        // libcurl counts each from the start.
        return OutboundDurations(
            dnsMicros: dns, connectMicros: connected - dns, tlsMicros: secured - connected,
            firstByteMicros: firstByte - secured, totalMicros: micros(CURLINFO_TOTAL_TIME_T))
    }

    private func micros(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        unsafe _ = tradewind_curl_get_size(easy, info, &value)
        return Int64(value)
    }

    private func remoteAddress() -> String? {
        var text: UnsafeMutablePointer<CChar>?
        unsafe _ = tradewind_curl_get_string(easy, CURLINFO_PRIMARY_IP, &text)
        guard let text = unsafe text else { return nil }
        let address = unsafe String(cString: text)
        return address.isEmpty ? nil : address
    }
}

extension OutboundFailure.Kind {
    /// libcurl's many codes in the few words of the attempt log.
    fileprivate init(_ code: CURLcode) {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: self = .timeout
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .dns
        case CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE:
            self = .connection
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CLIENTCERT:
            self = .tls
        default: self = .http
        }
    }
}

extension Duration {
    /// Rounded up to 1 at least, since 0 means no limit to libcurl.
    fileprivate var milliseconds: Int {
        Int(max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000))
    }
}
