// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct TLSContextTests {
    private static func failure(_ change: (inout TLSOptions) -> Void) -> String? {
        var options = TLSOptions(certificates: [TestCertificates.certificate("server")])
        change(&options)
        do throws(TLSError) {
            _ = try TLSContext(options)
            return nil
        } catch {
            return error.text
        }
    }

    private static func file(_ name: String) -> String { TestCertificates.path(name) }

    @Test func `a certificate that is no good is named with the reason`() {
        func failure(_ chain: String) -> String? {
            Self.failure { $0.certificates[0].chain = chain.hasPrefix("/") ? chain : Self.file(chain) }
        }
        #expect(failure("/no/where.pem") == "certificate /no/where.pem: No such file or directory")
        #expect(failure("/dev") == "certificate /dev: Is a directory")
        #expect(failure("/dev/zero") == "certificate /dev/zero: has more than 4 MiB")
        for name in ["empty.pem", "garbage.pem", "server.key"] {
            #expect(failure(name) == "certificate \(Self.file(name)): has no certificate in PEM form")
        }
        #expect(
            failure("half.pem")?.hasPrefix("certificate \(Self.file("half.pem")): certificate 1 in it is damaged")
                == true
        )
        #expect(
            failure("torn.pem")?.hasPrefix("certificate \(Self.file("torn.pem")): certificate 2 in it is damaged")
                == true
        )
        #expect(Self.failure { $0.certificates = [] } == "no certificate is given")
    }

    @Test func `a key that is no good is named with the reason`() {
        func failure(_ key: String) -> String? { Self.failure { $0.certificates[0].key = Self.file(key) } }
        let key = Self.file("other.key")
        #expect(
            failure("other.key") == "key \(key): does not belong to the first certificate in \(Self.file("server.pem"))"
        )
        #expect(failure("missing.key") == "key \(Self.file("missing.key")): No such file or directory")
        for name in ["empty.pem", "server.pem"] {
            #expect(failure(name) == "key \(Self.file(name)): has no key in PEM form")
        }
        #expect(
            failure("encrypted.key")
                == "key \(Self.file("encrypted.key")): the key is encrypted; give it without a pass phrase"
        )
        #expect(failure("server.key") == nil)
    }

    @Test func `rules that nobody can follow are refused`() {
        #expect(Self.failure { $0.ciphers = "NO-SUCH" } == "ciphers \"NO-SUCH\": no cipher match")
        #expect(Self.failure { $0.cipherSuites = "NO-SUCH" } == "cipher suites \"NO-SUCH\": no cipher match")
        #expect(Self.failure { $0.cipherSuites = "" }?.hasPrefix("cipher suites \"\":") == true)
        #expect(
            Self.failure { $0.applicationProtocols = ["h2", ""] }
                == "application protocol \"\": has to have 1 to 255 bytes"
        )
        #expect(
            Self.failure { $0.clientCertificates = .required }
                == "client certificates are required and no authority for them is given"
        )
        #expect(
            Self.failure {
                $0.clientCertificates = .optional
                $0.clientAuthority = Self.file("empty.pem")
            } == "authority \(Self.file("empty.pem")): has no certificate in PEM form"
        )
    }

    @Test func `a client's authority is read and its server named`() throws {
        var options = TLSClientOptions()
        options.authority = Self.file("garbage.pem")
        #expect(throws: TLSError("authority \(Self.file("garbage.pem")): has no certificate in PEM form")) {
            try TLSContext(options)
        }
        #expect(throws: TLSError("a server can only be verified by its name or address, and none is given")) {
            try TLSStream(try TLSContext(TLSClientOptions()), 0)
        }
        options.verifies = false
        _ = try TLSStream(try TLSContext(options), 0)
    }

    @Test(arguments: [
        ("a.org", "a.org", true), ("a.org", "b.org", false), ("*.a.org", "x.a.org", true), ("*.a.org", "a.org", false),
        ("*.a.org", "x.y.a.org", false), ("*.a.org", ".a.org", false), ("*", "a", false), ("*.org", "org", false),
    ])
    func `a star stands for one label`(pattern: String, name: String, isMatch: Bool) {
        #expect(TLSServerName.matches(pattern, name) == isMatch)
    }

    @Test func `the preferred protocol of an offer is chosen`() throws {
        let choices = TLSChoices(protocols: try TLSChoices.wire(["chat", "http/1.1"]))
        func chosen(_ offer: [UInt8]) -> Range<Int>? { offer.withUnsafeBufferPointer { choices.select(from: $0) } }
        #expect(chosen(try TLSChoices.wire(["http/1.1", "chat"])) == 10..<14)
        #expect(chosen(try TLSChoices.wire(["h2", "http/1.1"])) == 4..<12)
        for offer in [[], [0], [9, 1], [4, 99, 104, 97], [3, 99, 104, 97, 116]] as [[UInt8]] {
            #expect(chosen(offer) == nil)
        }
    }
}
