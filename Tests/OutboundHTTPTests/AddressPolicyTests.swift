import Testing

@testable import OutboundHTTP

struct AddressPolicyTests {
    private func refusal(of url: String, _ policy: AddressPolicy = .production) -> AddressPolicy.Refusal? {
        do {
            try policy.check(url: url)
            return nil
        } catch { return error }
    }

    static let forbiddenHosts: [(String, BlockedRange.Purpose)] = [
        // Loopback in every form that inet_aton takes.
        ("127.0.0.1", .loopback), ("127.0.0.1.", .loopback), ("127.1", .loopback), ("127.0.1", .loopback),
        ("127.255.255.255", .loopback), ("2130706433", .loopback), ("0x7f000001", .loopback), ("0X7F000001", .loopback),
        ("017700000001", .loopback), ("0x7f.0.0.1", .loopback), ("0x7f.1", .loopback), ("0177.0.0.1", .loopback),
        ("0177.0.0.01", .loopback), ("0177.1", .loopback), ("00000177.1", .loopback), ("127.0x0.0.0x1", .loopback),
        ("127.65530", .loopback), ("127.0.65530", .loopback), ("%31%32%37.0.0.1", .loopback), ("127%2e0.0.1", .loopback),
        ("localhost", .loopback), ("LOCALHOST", .loopback), ("localhost.", .loopback), ("a.localhost", .loopback),
        ("localhost.localdomain", .loopback),
        // This network, private and shared.
        ("0.0.0.0", .thisNetwork), ("0", .thisNetwork), ("0x0", .thisNetwork), ("0.1.2.3", .thisNetwork),
        ("0.255.255.255", .thisNetwork), ("10.0.0.0", .privateUse), ("10.255.255.255", .privateUse), ("10.1", .privateUse),
        ("012.0.0.1", .privateUse), ("0xa000001", .privateUse), ("172.16.0.1", .privateUse), ("172.31.255.255", .privateUse),
        ("192.168.0.1", .privateUse), ("192.168.1", .privateUse), ("3232235777", .privateUse), ("0xc0a80101", .privateUse),
        ("0300.0250.1.1", .privateUse), ("100.64.0.1", .sharedSpace), ("100.127.255.255", .sharedSpace),
        // The clouds' metadata.
        ("169.254.169.254", .linkLocal), ("2852039166", .linkLocal), ("0xa9fea9fe", .linkLocal),
        ("0251.0376.0251.0376", .linkLocal),
        ("169.254.43518", .linkLocal), ("169.16689662", .linkLocal), ("169.254.0.0", .linkLocal),
        // Registries' other ranges.
        ("192.0.0.1", .protocolAssignment), ("192.0.0.170", .protocolAssignment), ("192.0.2.1", .documentation),
        ("198.51.100.7", .documentation), ("203.0.113.255", .documentation), ("192.88.99.1", .relay),
        ("198.18.0.1", .benchmarking), ("198.19.255.255", .benchmarking), ("224.0.0.1", .multicast),
        ("239.255.255.255", .multicast), ("240.0.0.1", .reserved), ("255.255.255.255", .reserved), ("4294967295", .reserved),
        ("0xffffffff", .reserved),
        // IPv6.
        ("[::1]", .loopback), ("[0:0:0:0:0:0:0:1]", .loopback), ("[0000:0000:0000:0000:0000:0000:0000:0001]", .loopback),
        ("[::]", .thisNetwork), ("[::ffff:127.0.0.1]", .loopback), ("[::ffff:7f00:1]", .loopback),
        ("[::FFFF:10.0.0.1]", .privateUse), ("[::ffff:a9fe:a9fe]", .linkLocal), ("[0:0:0:0:0:ffff:192.168.0.1]", .privateUse),
        ("[::ffff:0.0.0.0]", .thisNetwork), ("[::127.0.0.1]", .translation), ("[::7f00:1]", .translation),
        ("[::8.8.8.8]", .translation), ("[::ffff:0:127.0.0.1]", .translation), ("[64:ff9b::127.0.0.1]", .translation),
        ("[64:ff9b::7f00:1]", .translation), ("[64:ff9b::8.8.8.8]", .translation), ("[64:ff9b:1::1]", .translation),
        ("[2002:7f00:1::]", .translation), ("[2002:c0a8:101::1]", .translation), ("[2002::1]", .translation),
        ("[2001::1]", .translation), ("[2001:0:4136:e378:8000:63bf:3fff:fdd2]", .translation), ("[2001:2::1]", .benchmarking),
        ("[2001:10::1]", .protocolAssignment), ("[2001:db8::1]", .documentation), ("[2001:DB8:FFFF::1]", .documentation),
        ("[3fff::1]", .documentation), ("[3fff:fff::1]", .documentation), ("[100::1]", .discard), ("[fe80::1]", .linkLocal),
        ("[febf::1]", .linkLocal), ("[fec0::1]", .siteLocal), ("[feff::1]", .siteLocal), ("[fc00::1]", .privateUse),
        ("[fd00:ec2::254]", .privateUse), ("[fdff::1]", .privateUse), ("[ff02::1]", .multicast), ("[ff0e::1]", .multicast),
        ("[5f00::1]", .segmentRouting), ("[4000::1]", .unassigned), ("[9000::1]", .unassigned), ("[1::1]", .reserved),
        ("[200::1]", .unassigned),
        ("[0:1::1]", .reserved),
    ]

    @Test func `refuses every form of a forbidden address with its reason`() {
        #expect(Self.forbiddenHosts.count >= 80)
        for (host, purpose) in Self.forbiddenHosts {
            #expect(refusal(of: "https://\(host)/hook") == .blocked(purpose), "\(host)")
            #expect(refusal(of: "https://\(host):8443") == .blocked(purpose), "\(host) with a port")
        }
    }

    @Test(arguments: [
        "https://example.com/hook", "https://EXAMPLE.com:8443/hook?a=b", "https://8.8.8.8/", "https://134744072/",
        "https://1.1", "https://9.255.255.255", "https://11.0.0.0", "https://100.63.255.255", "https://100.128.0.0",
        "https://126.255.255.255", "https://128.0.0.0", "https://169.253.255.255", "https://169.255.0.0",
        "https://172.15.255.255", "https://172.32.0.0", "https://192.0.1.0", "https://192.0.3.0", "https://192.167.255.255",
        "https://192.169.0.0", "https://198.17.255.255", "https://198.20.0.0", "https://223.255.255.255",
        "https://[2606:4700:4700::1111]/", "https://[2001:4860:4860::8888]", "https://[2001:200::1]", "https://[2003::1]",
        "https://[::ffff:8.8.8.8]/", "https://[2a02:6b8::feed]:443/x", "https://xn--e1afmkfd.xn--p1ai/hook",
        "https://10.example.com", "https://127.0.0.1.example.com", "https://0x7f.example",
    ])
    func `lets the public internet through`(url: String) {
        #expect(refusal(of: url) == nil)
    }

    @Test(arguments: [
        ("http://example.com", AddressPolicy.Refusal.scheme), ("ftp://example.com", .scheme), ("file:///etc/passwd", .scheme),
        ("gopher://example.com", .scheme), ("dict://example.com", .scheme), ("javascript:alert(1)", .scheme),
        ("example.com", .notAURL), ("//example.com", .notAURL), ("", .notAURL), ("https://", .missingHost),
        ("https:///127.0.0.1", .blocked(.loopback)), ("https://user@example.com", .userInfo),
        ("https://user:secret@example.com", .userInfo),
        ("https://:@example.com", .userInfo), ("https://example.com@127.0.0.1", .userInfo),
        ("https://example.com\\@127.0.0.1", .userInfo), ("https://[fe80::1%25eth0]/", .zoneID),
        ("https://[fe80::1%eth0]/", .zoneID),
        ("https://exa mple.com", .notAURL), ("https://example.com\r\nHost: a", .notAURL), ("https://example.com/\0", .notAURL),
        ("https://example.com:99999", .notAURL), ("https://[::1", .notAURL), ("https://[127.0.0.1]", .notAURL),
        ("https://пример.рф", .hostNotASCII), ("https://１２７.0.0.1", .hostNotASCII), ("https://①②⑦.⓪.⓪.①", .hostNotASCII),
        ("https://127。0。0。1", .hostNotASCII), ("https://1.2.3.256", .invalidAddress), ("https://1.2.3.4.5", .invalidAddress),
        ("https://4294967296", .invalidAddress), ("https://0x100000000", .invalidAddress),
        ("https://127.0.0.08", .invalidAddress),
        ("https://999999999999999999999", .invalidAddress), ("https://example.1", .invalidAddress),
        ("https://intranet", .internalName), ("https://metadata.google.internal/", .internalName),
        ("https://printer.local", .internalName), ("https://router.home.arpa.", .internalName),
        ("https://example.com/" + String(repeating: "a", count: 2048), .tooLong(bytesMax: 2048)),
    ])
    func `refuses what may be no endpoint`(url: String, expected: AddressPolicy.Refusal) {
        #expect(refusal(of: url) == expected)
    }

    @Test func `lets loopback through where that is allowed, and nothing else with it`() {
        for url in [
            "http://127.0.0.1:8080/", "https://[::1]/", "http://localhost:1", "http://[::ffff:127.0.0.1]", "http://2130706433",
        ] {
            #expect(refusal(of: url, .development) == nil, "\(url)")
        }
        #expect(refusal(of: "http://10.0.0.1", .development) == .blocked(.privateUse))
        #expect(refusal(of: "http://169.254.169.254", .development) == .blocked(.linkLocal))
        #expect(refusal(of: "http://0.0.0.0", .development) == .blocked(.thisNetwork))
    }

    @Test func `lets private networks through where that is allowed, and nothing else with it`() {
        let policy = AddressPolicy(allowsPrivate: true)
        for url in [
            "https://10.0.0.1", "https://192.168.1.1", "https://172.16.0.1", "https://[fd00::1]", "https://100.64.0.1",
            "https://intranet",
        ] {
            #expect(refusal(of: url, policy) == nil, "\(url)")
        }
        #expect(refusal(of: "https://127.0.0.1", policy) == .blocked(.loopback))
        #expect(refusal(of: "https://169.254.169.254", policy) == .blocked(.linkLocal))
        #expect(refusal(of: "http://10.0.0.1", policy) == .scheme)
    }

    @Test func `blocks each range from its first address to its last`() throws {
        let edges: [(before: String?, first: String, last: String, after: String?)] = [
            (nil, "0.0.0.0", "0.255.255.255", "1.0.0.0"), ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
            ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"),
            ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"),
            ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"),
            ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"),
            ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
            ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
            ("192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"),
            ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"),
            ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"),
            ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"),
            ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"),
            ("223.255.255.255", "224.0.0.0", "255.255.255.255", nil),
            (nil, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"),
            ("2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
            ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
            ("2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"),
            ("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"),
            (nil, "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nil),
        ]
        let blocks = { (text: String) in try AddressPolicy.production.blocks(#require(IPAddress(text))) != nil }
        for edge in edges {
            if let before = edge.before { #expect(try !blocks(before), "\(before)") }
            #expect(try blocks(edge.first), "\(edge.first)")
            #expect(try blocks(edge.last), "\(edge.last)")
            if let after = edge.after { #expect(try !blocks(after), "\(after)") }
        }
    }
}
