// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Testing

@testable import SocketDriver

@Suite struct ListenerOptionsTests {
    private func complaint(_ scheme: Endpoint.Scheme, _ change: (inout ListenerOptions) -> Void) -> String? {
        var options = ListenerOptions()
        change(&options)
        return options.contradiction(for: scheme)?.description
    }

    private let tls = TLSOptions(certificates: [TLSOptions.Certificate(chain: "a", key: "b")])

    @Test func `the defaults are right for all that needs no certificate`() {
        for scheme in Endpoint.Scheme.allCases {
            let expected =
                scheme.isEncrypted ? "tls: \(scheme) needs a certificate; set tls_certificate and tls_key" : nil
            #expect(complaint(scheme) { _ in } == expected)
            #expect(complaint(scheme) { $0.tls = tls } == nil)
        }
    }

    @Test func `packets have a length that their frame can say`() {
        #expect(
            complaint(.tcp) { $0.largestPacket = 65536 }
                == "largest_packet: framing = \"u16be\" has packets of at most 65535 bytes, not 65536"
        )
        #expect(complaint(.ws) { $0.largestPacket = 65536 } == nil)
        #expect(complaint(.tcp) { ($0.largestPacket, $0.framing) = (65536, .u32le) } == nil)
        #expect(
            complaint(.ws) { ($0.smallestPacket, $0.largestPacket) = (2, 1) }
                == "smallest_packet: 2 is more than largest_packet = 1"
        )
        #expect(
            complaint(.unix) { ($0.smallestPacket, $0.framing) = (1, .line) }
                == "smallest_packet: lines (framing = \"line\") have no smallest length"
        )
    }

    @Test func `TLS wants what it needs and nothing that is of no use`() {
        func complaint(_ change: (inout TLSOptions) -> Void) -> String? {
            var options = ListenerOptions()
            var tls = tls
            change(&tls)
            options.tls = tls
            return options.contradiction(for: .tls)?.key
        }
        #expect(complaint { $0.clientCertificates = .optional } == "client_certificates")
        #expect(complaint { $0.clientAuthority = "ca.pem" } == "client_authority")
        #expect(complaint { ($0.clientCertificates, $0.clientAuthority) = (.required, "ca.pem") } == nil)
        #expect(complaint { ($0.minimumVersion, $0.ciphers) = (.v1_3, "HIGH") } == "ciphers")
    }

    @Test func `proxies are believed only when they are named`() throws {
        let network = try AddressNetwork(parsing: "10.0.0.0/8")
        for scheme in [Endpoint.Scheme.tcp, .ws] {
            for use in [ListenerOptions.ProxyProtocol.optional, .required] {
                #expect(complaint(scheme) { $0.proxyProtocol = use }?.hasPrefix("proxy_protocol: needs ") == true)
            }
        }
        #expect(complaint(.unix) { $0.proxyProtocol = .required } == nil)
        #expect(complaint(.ws) { $0.forwardedHeaders = [.forwarded] }?.hasPrefix("forwarded_headers: needs ") == true)
        #expect(complaint(.tcp) { $0.forwardedHeaders = [.forwarded] } == nil)
        #expect(
            complaint(.ws) { options in
                options.proxyProtocol = .required
                options.forwardedHeaders = [.forwarded]
                options.trustedProxies = AddressNetworks([network])
            } == nil
        )
    }
}
