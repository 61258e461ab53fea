// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

@testable import SocketDriver

/// A TLS stream over one end of a pair of sockets, and what it has read.
final class TLSEnd {
    let descriptor: Int32
    let stream: TLSStream
    private(set) var received: [UInt8] = []
    private let target: UnsafeMutableRawBufferPointer
    private let scratch: UnsafeMutableRawBufferPointer

    init(
        _ context: TLSContext,
        _ descriptor: Int32,
        serverName: String? = nil,
        target: Int = 65536,
        scratch: Int = 65536
    ) throws {
        self.descriptor = descriptor
        stream = try TLSStream(context, descriptor, serverName: serverName)
        self.target = .allocate(byteCount: target, alignment: 16)
        self.scratch = .allocate(byteCount: scratch, alignment: 16)
    }

    deinit {
        target.deallocate()
        scratch.deallocate()
    }

    func handshake() -> TLSStream.HandshakeOutcome { stream.handshake(through: scratch) }

    func read() -> TLSStream.ReadOutcome {
        let outcome = stream.read(target, through: scratch)
        if case .read(let count, _) = outcome { received += target[..<count] }
        return outcome
    }

    /// Reads as a caller on an edge does: for as long as there may be more. Answers what the last read came to.
    @discardableResult
    func readEdge() -> TLSStream.ReadOutcome {
        while true {
            let outcome = read()
            guard case .read(_, mayHaveMore: true) = outcome else { return outcome }
        }
    }

    func write(_ bytes: [UInt8]) -> Int? {
        guard case .wrote(let count) = bytes.withUnsafeBytes({ stream.write($0) }) else { return nil }
        return count
    }

    func write(_ text: String) -> Int? { write(Array(text.utf8)) }

    func takeReceived() -> [UInt8] {
        defer { received = [] }
        return received
    }
}

/// Two ends, with a wire between them that tests hold in their hands.
final class TLSWire {
    let client: TLSEnd
    let server: TLSEnd
    /// The other ends of the sockets of both.
    let fromClient: Int32
    let fromServer: Int32
    /// Bytes that went from the client to the server, and back.
    private(set) var sent = 0
    private(set) var answered = 0

    init(
        _ serverOptions: TLSOptions = TLSOptions(certificates: [TestCertificates.certificate("server")]),
        _ clientOptions: TLSClientOptions = .trusting,
        serverName: String = "localhost",
        buffer: Int32? = nil,
        target: Int = 65536,
        scratch: Int = 65536
    ) throws {
        let (clientEnd, fromClient) = Self.pair(buffer)
        let (serverEnd, fromServer) = Self.pair(buffer)
        self.fromClient = fromClient
        self.fromServer = fromServer
        client = try TLSEnd(TLSContext(clientOptions), clientEnd, serverName: serverName)
        server = try TLSEnd(TLSContext(serverOptions), serverEnd, target: target, scratch: scratch)
    }

    deinit { for descriptor in [client.descriptor, server.descriptor, fromClient, fromServer] { close(descriptor) } }

    static func pair(_ buffer: Int32? = nil) -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        precondition(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        if let buffer {
            for end in ends { _ = SystemCalls.set(SO_SNDBUF, level: SOL_SOCKET, to: buffer, on: end) }
        }
        return (ends[0], ends[1])
    }

    /// Carries what there is, at most `limit` bytes each way; false when nothing moved.
    @discardableResult
    func carry(_ limit: Int = 65536) -> Bool {
        let there = Self.move(fromClient, fromServer, limit)
        let back = Self.move(fromServer, fromClient, limit)
        sent += there
        answered += back
        return there + back > 0
    }

    /// Takes from one socket what the other has room for.
    static func move(_ source: Int32, _ target: Int32, _ limit: Int = 65536) -> Int {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(source, &bytes, limit, Int32(MSG_PEEK))
        guard count > 0 else { return 0 }
        let moved = send(target, bytes, count, Int32(MSG_NOSIGNAL))
        return moved > 0 ? recv(source, &bytes, moved, 0) : 0
    }

    /// Both shake hands until nothing moves any more.
    @discardableResult
    func shake(_ limit: Int = 65536) -> (client: TLSStream.HandshakeOutcome, server: TLSStream.HandshakeOutcome) {
        var outcomes = (client: client.handshake(), server: server.handshake())
        while carry(limit) { outcomes = (client.handshake(), server.handshake()) }
        return outcomes
    }
}

extension TLSClientOptions {
    /// Of a client that believes the tests' authority.
    static var trusting: TLSClientOptions {
        var options = TLSClientOptions()
        options.authority = TestCertificates.path("root.pem")
        return options
    }
}
