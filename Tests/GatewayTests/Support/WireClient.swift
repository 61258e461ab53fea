// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// A client as players have it, on any ``Wire``: blocking, with a time limit on every wait.
final class WireClient {
    /// The server's closing frame.
    struct Closed: Error, Equatable, CustomStringConvertible {
        let code: Int?
        var description: String { "closed with code \(code.map(String.init) ?? "none")" }
    }

    /// How a client begins.
    struct Greeting: Sendable {
        /// Sent before anything else.
        var preface: [UInt8] = []
        var tls = TLSSession.Wishes()
        var target = "/play"
        /// Further lines of the upgrade.
        var headers: [String] = []
        /// Sent with the last bytes of the handshake.
        var early: [UInt8] = []
    }

    let wire: Wire
    let connection: GateClient
    private let tls: TLSSession?
    /// What has come and was not asked for yet.
    private var pending: ArraySlice<UInt8> = []

    init(_ wire: Wire, on connection: GateClient, _ greeting: Greeting = Greeting()) throws {
        self.wire = wire
        self.connection = connection
        try connection.write(greeting.preface)
        if !greeting.early.isEmpty, !wire.isWebSocket { connection.cork(true) }
        tls = wire.isEncrypted ? try TLSSession(connection.descriptor, greeting.tls) : nil
        if wire.isWebSocket {
            try upgrade(greeting)
        } else if !greeting.early.isEmpty {
            try write(greeting.early)
            connection.cork(false)
        }
    }

    private func upgrade(_ greeting: Greeting) throws {
        let lines =
            [
                "GET \(greeting.target) HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + greeting.headers + ["", ""]
        try write(Array(lines.joined(separator: "\r\n").utf8) + greeting.early)
        var answer = ""
        while !answer.hasSuffix("\r\n\r\n") { answer += String(decoding: try read(1), as: UTF8.self) }
        guard answer.hasPrefix("HTTP/1.1 101 "), answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else {
            throw GateClient.Failure(description: "no upgrade: \(answer)")
        }
    }

    // MARK: Bytes

    func write(_ bytes: [UInt8]) throws {
        if let tls { try tls.write(bytes) } else { try connection.write(bytes) }
    }

    func read(_ count: Int) throws -> [UInt8] {
        while pending.count < count { try fill() }
        defer { pending = pending.dropFirst(count) }
        return Array(pending.prefix(count))
    }

    /// Answers false at the end of the stream.
    private func more() throws -> Bool {
        let bytes = try tls?.read() ?? connection.readSome()
        pending = ArraySlice(pending + bytes)
        return !bytes.isEmpty
    }

    private func fill() throws {
        guard try more() else { throw GateClient.Failure(description: "closed after \(Array(pending.prefix(100)))") }
    }

    /// Reads until the other side has finished sending in the way of the transport.
    func readToEnd() throws -> [UInt8] {
        while try more() {}
        defer { pending = [] }
        return Array(pending)
    }

    // MARK: Packets

    func send(_ body: [UInt8]) throws { try write(wire.encoded(body)) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func receive() throws -> [UInt8] {
        switch wire.framing {
        case .u16be: return try read(try number(2))
        case .u32be: return try read(try number(4))
        case .u16le: return try read(Int(try number(2, isReversed: true)))
        case .u32le: return try read(Int(try number(4, isReversed: true)))
        case .varint: return try read(try varint())
        case .line:
            while true {
                if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { pending = pending[(end + 1)...] }
                    return Array(pending[..<end])
                }
                try fill()
            }
        case .messages: return try message()
        }
    }

    func receiveText() throws -> String { String(decoding: try receive(), as: UTF8.self) }

    /// Sends a packet and waits for the next one that comes back.
    func ask(_ text: String) throws -> String {
        try send(text)
        return try receiveText()
    }

    private func number(_ size: Int, isReversed: Bool = false) throws -> Int {
        let bytes = try read(size)
        return (isReversed ? bytes.reversed() : bytes).reduce(0) { $0 << 8 | Int($1) }
    }

    private func varint() throws -> Int {
        let byte = Int(try read(1)[0])
        return byte < 128 ? byte : try byte & 127 | varint() << 7
    }

    private func message() throws -> [UInt8] {
        while true {
            let head = try read(2)
            let length = try head[1] < 126 ? Int(head[1]) : number(head[1] == 126 ? 2 : 8)
            let payload = try read(length)
            switch head[0] {
            case 0x82: return payload
            case 0x88: throw Closed(code: payload.count < 2 ? nil : Int(payload[0]) << 8 | Int(payload[1]))
            case 0x89: try write(Wire.frame(10, payload))
            default: throw GateClient.Failure(description: "frame \(head)")
            }
        }
    }

    // MARK: Endings

    /// No more will be sent; reading goes on.
    func finishSending() {
        if let tls { tls.finishSending() } else { connection.finishSending() }
    }

    /// Waits until the server ends an intact connection in the way of the transport; answers the code of a WebSocket.
    @discardableResult
    func expectEnd() throws -> Int? {
        guard wire.isWebSocket else {
            let rest = try readToEnd()
            if !rest.isEmpty { throw GateClient.Failure(description: "\(rest.prefix(100)) before the end") }
            return nil
        }
        do {
            throw GateClient.Failure(description: "a message of \(try message().count) bytes before the end")
        } catch let closed as Closed {
            try write(Wire.frame(8, closed.code.map { [UInt8($0 >> 8), UInt8($0 & 255)] } ?? []))
            let rest = try readToEnd()
            if !rest.isEmpty { throw GateClient.Failure(description: "\(rest.prefix(100)) after the close frame") }
            return closed.code
        }
    }
}

extension GateClient {
    /// What is there, or comes next; empty at the end.
    func readSome() throws -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &block, block.count, 0)
        if count < 0 { throw Failure(description: "read: \(String(cString: strerror(errno)))") }
        return Array(block[..<count])
    }

    /// While corked, only full segments leave, so that several writes arrive together.
    func cork(_ isCorked: Bool) {
        var value: Int32 = isCorked ? 1 : 0
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
