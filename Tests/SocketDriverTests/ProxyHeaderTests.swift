// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import SocketDriver

private struct ProxyVectors: Decodable {
    struct Header: Decodable {
        let name: String
        let bytes: String
        let source: String
        let destination: String?
    }

    struct Rejected: Decodable {
        let name: String
        let bytes: String
    }

    let headers: [Header]
    let malformed: [Rejected]
    let absent: [Rejected]

    static let all: ProxyVectors = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/proxy.json")
        guard let data = try? Data(contentsOf: file),
            let vectors = try? JSONDecoder().decode(ProxyVectors.self, from: data)
        else { preconditionFailure("Tests/Vectors/proxy.json cannot be read.") }
        return vectors
    }()
}

@Suite struct ProxyHeaderTests {
    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
    }

    private func words(_ source: ProxyHeader.Source) -> [String?] {
        switch source {
        case .local: ["local", nil]
        case .unknown: ["unknown", nil]
        case .address(let source, let destination):
            ["\(source.host):\(source.port)", "\(destination.host):\(destination.port)"]
        }
    }

    @Test func `a header is read whatever stands behind it, and its length is its own`() throws {
        for vector in ProxyVectors.all.headers {
            let header = bytes(vector.bytes)
            for rest in [[], [0], Array("PROXY TCP4".utf8), [UInt8](repeating: 0x0d, count: 5000)] {
                guard case .header(let found) = ProxyHeader.read(header + rest) else {
                    Issue.record("\(vector.name): \(ProxyHeader.read(header + rest))")
                    continue
                }
                #expect(found.length == header.count, "\(vector.name)")
                #expect(words(found.source) == [vector.source, vector.destination], "\(vector.name)")
            }
        }
    }

    @Test func `a header is incomplete wherever it is split`() {
        for vector in ProxyVectors.all.headers {
            let header = bytes(vector.bytes)
            for count in header.indices {
                #expect(ProxyHeader.read(header[..<count]) == .incomplete, "\(vector.name), \(count) bytes")
            }
        }
    }

    @Test func `what begins like a header and is none stays malformed, and is never a header before`() {
        for vector in ProxyVectors.all.malformed {
            let header = bytes(vector.bytes)
            var wasMalformed = false
            for count in 0...header.count {
                switch ProxyHeader.read(header[..<count]) {
                case .incomplete: #expect(!wasMalformed, "\(vector.name), \(count) bytes")
                case .malformed: wasMalformed = true
                case .header, .absent: Issue.record("\(vector.name), \(count) bytes")
                }
            }
            #expect(wasMalformed, "\(vector.name)")
        }
    }

    @Test func `other beginnings are absent as soon as they differ`() {
        for vector in ProxyVectors.all.absent {
            let beginning = bytes(vector.bytes)
            #expect(ProxyHeader.read(beginning) == .absent, "\(vector.name)")
            #expect([.incomplete, .absent].contains(ProxyHeader.read(beginning.dropLast())), "\(vector.name)")
        }
        for first in UInt8.min...UInt8.max where first != 0x0d && first != UInt8(ascii: "P") {
            #expect(ProxyHeader.read([first]) == .absent)
        }
    }

    @Test func `any byte changed is answered, and a header never claims more than it has`() {
        for vector in ProxyVectors.all.headers {
            let header = bytes(vector.bytes)
            for index in header.indices.prefix(256) {
                var changed = header
                for value in [0, 0x0a, 0x0d, 0x20, 0x30, 0xff, changed[index] ^ 1] {
                    changed[index] = UInt8(value)
                    if case .header(let found) = ProxyHeader.read(changed) { #expect(found.length <= changed.count) }
                }
            }
        }
    }

    @Test func `a reason tells what was expected`() {
        #expect(
            ProxyHeader.read(Array("PROXY UDP4 ".utf8))
                == .malformed("expected TCP4, TCP6 or UNKNOWN behind PROXY and a blank")
        )
        #expect(ProxyHeader.read(bytes("0d0a0d0a000d0a515549540a11")) == .malformed("version 1, expected 2"))
    }
}
