import CLibcurl

package enum CurlVersion {
    /// Of the library that runs with the program: `libcurl 7.88.1`.
    package static let text =
        unsafe curl_version().map { version in
            let name = unsafe String(cString: version).split(separator: " ").first ?? ""
            return name.split(separator: "/").joined(separator: " ")
        } ?? "libcurl"
}
