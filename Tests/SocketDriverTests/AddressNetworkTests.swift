// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct AddressNetworkTests {
    private func address(_ text: String) throws -> PackedAddress { try #require(PackedAddress(numeric: text)) }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0 10.255.255.255 10.1.2.3 ::ffff:10.1.2.3", "11.0.0.0 9.255.255.255 ::10.1.2.3 ::1"),
        ("192.168.1.128/25", "192.168.1.128 192.168.1.255", "192.168.1.127 192.168.2.128"),
        ("0.0.0.0/0", "0.0.0.0 255.255.255.255 ::ffff:1.2.3.4", "::1 ::"),
        ("127.0.0.1", "127.0.0.1 ::ffff:127.0.0.1", "127.0.0.2"),
        ("127.0.0.1/32", "127.0.0.1", "127.0.0.0"),
        ("::/0", "::1 2001:db8::1", "10.0.0.1 ::ffff:10.0.0.1"),
        ("2001:db8::/32", "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9:: 2001:db7:ffff::"),
        ("2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"),
        ("fe80::1", "fe80::1", "fe80::2"),
        ("::ffff:10.0.0.0/104", "10.200.0.1 ::ffff:10.0.0.1", "11.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
    ])
    func `a network has the addresses that share its first bits`(text: String, inside: String, outside: String) throws {
        let network = try AddressNetwork(parsing: text)
        let networks = AddressNetworks([try AddressNetwork(parsing: "203.0.113.7/32"), network])
        for name in inside.split(separator: " ") {
            #expect(try network.contains(address(String(name))), "\(name)")
            #expect(try networks.contains(address(String(name))), "\(name)")
        }
        for name in outside.split(separator: " ") {
            #expect(try !network.contains(address(String(name))), "\(name)")
            #expect(try !networks.contains(address(String(name))), "\(name)")
        }
    }

    @Test(arguments: [
        "", "/", "/8", "10/8", "10.0.0/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/+8",
        "10.0.0.0/8/8", "10.0.0.0 /8", " 10.0.0.0/8", "010.0.0.0/8", "::/129", "fe80::%lo/64", "[::1]", "localhost",
        "10.0.0.0/255.0.0.0", "10.0.0.1:80", "10.0.0.1\0",
    ])
    func `anything else is refused by its name`(text: String) {
        let error = #expect(throws: AddressNetwork.ParseError.self) { try AddressNetwork(parsing: text) }
        #expect(error?.description.contains("\"\(text)\" is no network: expected") == true)
    }

    @Test func `bits behind the length are a mistake, and the network is named`() {
        let error = #expect(throws: AddressNetwork.ParseError.self) { try AddressNetwork(parsing: "10.1.2.3/8") }
        #expect(error?.description == "\"10.1.2.3/8\" has bits behind its length; did you mean 10.0.0.0/8?")
        #expect(throws: AddressNetwork.ParseError.self) { try AddressNetwork(parsing: "2001:db8::1/32") }
    }

    @Test func `a list of many networks is asked at once, and an empty one has nobody`() throws {
        var networks = AddressNetworks()
        #expect(networks.isEmpty)
        #expect(try !networks.contains(address("10.0.0.1")))
        for number in 0..<256 { networks.insert(try AddressNetwork(parsing: "10.\(number).0.0/24")) }
        #expect(!networks.isEmpty)
        #expect(try networks.contains(address("10.77.0.9")))
        #expect(try !networks.contains(address("10.77.1.9")))
    }

    @Test func `a network is told as it would be written`() throws {
        #expect(try AddressNetwork(parsing: "10.0.0.0/8").description == "10.0.0.0/8")
        #expect(try AddressNetwork(parsing: "127.0.0.1").description == "127.0.0.1/32")
        #expect(try AddressNetwork(parsing: "2001:DB8:0::/32").description == "2001:db8::/32")
        #expect(try AddressNetwork(parsing: "::ffff:10.0.0.0/104").description == "10.0.0.0/8")
    }
}
