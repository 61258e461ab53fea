// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import Synchronization
import Testing

@testable import SocketDriver

@Suite struct HandshakeMachineTests {
    @Test func `steps come in order, and then it is ready`() {
        var machine = Handshake([.proxyHeader, .tls, .upgrade])
        #expect(machine.begin() == .perform(.proxyHeader))
        #expect(machine.passed() == .perform(.tls))
        #expect(machine.current == .tls)
        #expect(machine.passed() == .perform(.upgrade))
        #expect(machine.passed() == .ready)
        #expect(machine.current == nil)
    }

    @Test func `without steps it is ready at once`() {
        var machine = Handshake([])
        #expect(machine.begin() == .ready)
    }

    @Test func `a refusal names its step and is the end`() {
        var machine = Handshake([.tls, .upgrade])
        _ = machine.begin()
        #expect(machine.failed("no cipher") == .refuse(HandshakeRefusal(.tls, "no cipher")))
        #expect(machine.passed() == .nothing)
        #expect(machine.expired() == .nothing)
        #expect(machine.left() == .nothing)
    }

    @Test func `time and the peer end the step that is under way`() {
        var machine = Handshake([.tls, .upgrade])
        _ = machine.begin()
        _ = machine.passed()
        var other = machine
        #expect(machine.expired() == .refuse(HandshakeRefusal(.tooSlow, "the upgrade was not finished in time")))
        #expect(other.left() == .refuse(HandshakeRefusal(.left, "the peer left before the upgrade was finished")))
    }

    @Test func `once it is ready nothing ends it`() {
        var machine = Handshake([.upgrade])
        _ = machine.begin()
        _ = machine.passed()
        #expect(machine.expired() == .nothing)
        #expect(machine.left() == .nothing)
    }
}

extension SocketTests {
    /// Clients that have something to agree on before they are anybody's.
    @Suite struct HandshakeTests {
        /// Waits for the word `hello` before it is ready; a byte `!` in its place is refused with an answer.
        private final class Greeting: ChannelInboundHandler, RemovableChannelHandler {
            typealias InboundIn = ByteBuffer
            private var seen = ByteBuffer()
            private let completed: (Result<Transport.Upgrade, HandshakeRefusal>) -> Void
            init(_ completed: @escaping (Result<Transport.Upgrade, HandshakeRefusal>) -> Void) {
                self.completed = completed
            }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                var bytes = unwrapInboundIn(data)
                seen.writeBuffer(&bytes)
                if seen.readableBytesView.first == UInt8(ascii: "!") {
                    completed(.failure(HandshakeRefusal(.upgrade, "no greeting")))
                    context.writeAndFlush(NIOAny(ByteBuffer(string: "no")), promise: nil)
                    context.close(promise: nil)
                } else if seen.readableBytes >= 5 {
                    seen.moveReaderIndex(forwardBy: 5)
                    completed(.success(Transport.Upgrade(webSocket: ConnectionFacts.WebSocket(path: "/greeted"))))
                    if seen.readableBytes > 0 { context.fireChannelRead(NIOAny(seen)) }
                    context.pipeline.syncOperations.removeHandler(self, promise: nil)
                }
            }
        }

        private static func transport(_ change: (inout ListenerOptions) -> Void = { _ in }) -> Transport {
            var options = ListenerOptions()
            change(&options)
            return .pipeline(options) { channel, _, completed in
                try channel.pipeline.syncOperations.addHandler(Greeting(completed))
            }
        }

        @Test func `the owner hears of a client when it is ready, and what it said then waits for start`() async throws
        {
            try await Rig.run(transport: Self.transport()) { rig in
                let (listener, port) = try await rig.listener()
                let silent = try Peer(port: port)
                let peer = try Peer(port: port)
                try peer.send(Array("hel".utf8))
                try await rig.settle()
                try peer.send(Array("lo first".utf8))
                let id = try await rig.accepted(on: listener, from: peer)
                #expect(rig.sink.happenings(of: id).isEmpty)
                try peer.send(Array(" second".utf8))
                rig.driver.start(id, owner: 2)
                try await rig.sink.wait(for: .data(id, Array(" second".utf8)))
                #expect(
                    rig.sink.happenings(of: id)
                        == [
                            .connected(id, "start", 0), .data(id, Array(" first".utf8)),
                            .data(id, Array(" second".utf8)),
                        ]
                )
                #expect(rig.driver.facts(of: id)?.webSocket?.path == "/greeted")
                withExtendedLifetime(silent) {}
            }
        }

        @Test func `a client that says its piece and ends is heard, then ends`() async throws {
            try await Rig.run(transport: Self.transport()) { rig in
                let (listener, port) = try await rig.listener()
                let peer = try Peer(port: port)
                try peer.send(Array("hello and goodbye".utf8))
                peer.finishSending()
                let id = try await rig.accepted(on: listener, from: peer)
                try await rig.settle()
                rig.driver.start(id, owner: 2)
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.sink.happenings(of: id).contains(.data(id, Array(" and goodbye".utf8))))
            }
        }

        @Test func `a refused client gets its answer and its owner never hears of it`() async throws {
            try await Rig.run(transport: Self.transport()) { rig in
                let (listener, port) = try await rig.listener()
                let peer = try Peer(port: port)
                try peer.send(Array("!".utf8))
                #expect(try peer.receive(10) == Array("no".utf8))
                #expect(rig.log.refusals == [HandshakeRefusal(.upgrade, "no greeting")])
                #expect(rig.driver.information().allSatisfy { $0.id == listener })
            }
        }

        @Test func `a handshake that never ends is ended`() async throws {
            try await Rig.run(transport: Self.transport { $0.handshakeTimeout = 20_000_000 }) { rig in
                let (_, port) = try await rig.listener()
                let peer = try Peer(port: port)
                try peer.send(Array("hel".utf8))
                #expect(try peer.sawEnd())
                try await rig.settle()
                #expect(rig.log.refusals.map(\.kind) == [.tooSlow])
            }
        }

        @Test func `when too many are in their handshake, who is slowest gives way`() async throws {
            try await Rig.run(transport: Self.transport { $0.mostHandshakes = 2 }) { rig in
                let (listener, port) = try await rig.listener()
                let first = try Peer(port: port)
                let second = try Peer(port: port)
                try await rig.settle()
                let third = try Peer(port: port)
                #expect(try first.sawEnd())
                try await rig.settle()
                #expect(rig.log.refusals.map(\.kind) == [.tooMany])
                for peer in [third, second] {
                    try peer.send(Array("hello".utf8))
                    _ = try await rig.accepted(on: listener, from: peer)
                }
            }
        }

        @Test func `a listener that ends lets go of those who are not ready`() async throws {
            try await Rig.run(transport: Self.transport()) { rig in
                let (listener, port) = try await rig.listener()
                let peer = try Peer(port: port)
                // The system resets whom the listener has not accepted yet.
                while rig.driver.information().first(where: { $0.id == listener })?.accepted != 1 {
                    try await Task.sleep(for: .milliseconds(2))
                }
                rig.driver.close(listener)
                #expect(try peer.sawEnd())
            }
        }
    }

    @Suite struct UnixSocketTests {
        @Test func `a socket in the file system is listened at, connected to and removed`() async throws {
            try await Rig.run { rig in
                let endpoint = Endpoint(.unix, host: "/tmp/swiftgate-test-\(UInt64.random(in: 0 ... .max)).sock")
                let listener = try rig.driver.listen(endpoint, backlog: 1, owner: 1)
                rig.driver.start(listener, owner: 1)
                let client = try rig.driver.connect(endpoint, owner: 2)
                try await rig.sink.wait(for: .connected(client, "", 0))
                let id = try await rig.sink.first("a client") { happening -> SocketID? in
                    if case .accepted(listener, let id, _) = happening { id } else { nil }
                }
                rig.driver.start(id, owner: 1)
                rig.send(client, "by file")
                try await rig.sink.wait(for: .data(id, Array("by file".utf8)))
                #expect(throws: SocketError("Address already in use")) {
                    try rig.driver.listen(endpoint, backlog: 1, owner: 1)
                }
                rig.driver.close(listener)
                try await rig.sink.wait(for: .closed(listener))
                let refused = try rig.driver.connect(endpoint, owner: 2)
                try await rig.sink.wait(for: .failed(refused, "No such file or directory"))
            }
        }

        @Test func `a path that is too long is refused`() async throws {
            try await Rig.run { rig in
                let endpoint = Endpoint(.unix, host: "/" + String(repeating: "a", count: 107))
                #expect(throws: SocketError("the path of a socket has 1 to 107 bytes")) {
                    try rig.driver.listen(endpoint, backlog: 1, owner: 1)
                }
            }
        }
    }

    @Suite struct ObserverTests {
        @Test func `an end has a reason and totals`() async throws {
            try await Rig.run { rig in
                let (peer, id) = try await rig.pair()
                try peer.send([1, 2, 3])
                try await rig.sink.wait(for: .data(id, [1, 2, 3]))
                rig.send(id, "abcd")
                rig.send(id, "ef")
                #expect(try peer.receive(6).count == 6)
                rig.driver.close(id)
                #expect(try peer.sawEnd())
                let end = try #require(rig.log.end(of: id))
                #expect(end.reason == .closed)
                #expect(end.totals.bytesRead == 3)
                #expect(end.totals.bytesWritten == 6)
                #expect(end.totals.packetsRead == 1)
                #expect(end.totals.packetsSent == 2)
            }
        }

        @Test func `a reset is a failure in the system's words`() async throws {
            try await Rig.run { rig in
                let id = try await {
                    let (peer, id) = try await rig.pair()
                    peer.resetOnClose()
                    return id
                }()
                try await rig.sink.wait(for: .closed(id))
                try await rig.settle()
                #expect(rig.log.end(of: id)?.reason == .failed("Connection reset by peer"))
            }
        }
    }
}
