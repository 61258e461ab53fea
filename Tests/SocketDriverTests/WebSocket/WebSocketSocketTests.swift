// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import Testing

@testable import SocketDriver

extension SocketTests {
    /// WebSockets over real sockets, on a loop of ours.
    @Suite struct WebSockets {
        private static func server(
            _ options: WebSocketOptions,
            _ journal: Journal<WebSocketRefusal.Reason?> = Journal()
        ) -> @Sendable (any Channel) throws -> Void {
            { channel in
                try WebSocketServer.configure(channel, UpgradeRequest(resource: "/chat", options: options)) { result in
                    switch result {
                    case .success:
                        do { try channel.pipeline.syncOperations.addHandler(Echo()) } catch { Issue.record(error) }
                        journal.append(nil)
                    case .failure(let refusal): journal.append(refusal.reason)
                    }
                }
            }
        }

        /// Reads the head of an answer and answers it.
        private func head(_ peer: Peer) throws -> String {
            var bytes: [UInt8] = []
            while bytes.suffix(4) != [13, 10, 13, 10] {
                let byte = try peer.receive(1)
                if byte.isEmpty { break }
                bytes += byte
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        @Test func aClient_isUpgradedServedAndClosed() async throws {
            try await ChannelRig.run { rig in
                let (channel, peer) = try await rig.channel(Self.server(.forTests()))
                // The first frame comes with the request, the second by the byte.
                try peer.send(Upgrade().bytes + RawFrame.binary([1, 2]).bytes)
                #expect(try head(peer).hasPrefix("HTTP/1.1 101 "))
                for byte in RawFrame.text("abc").bytes { try peer.send([byte]) }
                #expect(try Answer.all(in: peer.receive(9)) == [.binary([1, 2]), .binary(Array("abc".utf8))])
                let large = [UInt8](repeating: 7, count: 1 << 20)
                let sending = Task.detached { try peer.send(RawFrame.binary(large).bytes) }
                let echoed = try await Task.detached { try peer.receive(10 + large.count) }.value
                try await sending.value
                #expect(Answer.all(in: echoed) == [.binary(large)])
                try peer.send(RawFrame.close(4000).bytes)
                #expect(try Answer.all(in: peer.receive(100)) == [.close(4000)])
                try await channel.closeFuture.get()
            }
        }

        @Test func whoSendsOnBehindARefusal_getsTheAnswer() async throws {
            let journal = Journal<WebSocketRefusal.Reason?>()
            try await ChannelRig.run { rig in
                let (channel, peer) = try await rig.channel(Self.server(.forTests(), journal))
                let endless = Array((Upgrade().line + "\r\n" + String(repeating: "X: y\r\n", count: 1 << 17)).utf8)
                try peer.send(endless)
                #expect(try head(peer).hasPrefix("HTTP/1.1 431 "))
                try await channel.closeFuture.get()
                peer.finishSending()
                _ = try peer.receive(1000)
            }
            #expect(journal.entries == [.headersTooLarge])
        }

        @Test func whoSendsOnBehindAViolation_getsTheCode() async throws {
            try await ChannelRig.run { rig in
                let (channel, peer) = try await rig.channel(Self.server(.forTests { $0.largestMessage = 1000 }))
                try peer.send(Upgrade().bytes)
                _ = try head(peer)
                try peer.send(RawFrame.binary([UInt8](repeating: 1, count: 1 << 20)).bytes)
                #expect(try Answer.all(in: peer.receive(100)) == [.close(1009)])
                try await channel.closeFuture.get()
            }
        }

        @Test func aClientOfOurs_talksToAServerOfOurs() async throws {
            try await ChannelRig.run { rig in
                let journal = Journal<[UInt8]>()
                var ends: [Int32] = [0, 0]
                #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
                for end in ends { #expect(SystemCalls.stopBlocking(end)) }
                let server = SocketChannel(.socket(ends[0]), on: rig.loop)
                let client = SocketChannel(.socket(ends[1]), on: rig.loop)
                let endpoint = Endpoint(.ws, host: "localhost", port: 1, resource: "/chat")
                try await rig.loop.submit {
                    try Self.server(.forTests())(server)
                    try WebSocketClient.configure(client, endpoint: endpoint, options: .forTests()) { result in
                        #expect((try? result.get())?.facts.path == "/chat")
                        let recorder = Recorder { context, entry in
                            guard case .read(let bytes) = entry else { return }
                            journal.append(bytes)
                            context.close(promise: nil)
                        }
                        do {
                            try client.pipeline.syncOperations.addHandler(recorder)
                        } catch { Issue.record(error) }
                        client.writeAndFlush(ByteBuffer(bytes: [1, 2, 3]), promise: nil)
                    }
                    server.register0(promise: nil)
                    client.register0(promise: nil)
                }.get()
                // Both by the closing handshake, which is over long before anybody's patience.
                let began = NIODeadline.now()
                try await server.closeFuture.get()
                try await client.closeFuture.get()
                #expect(journal.entries == [[1, 2, 3]])
                #expect(NIODeadline.now() - began < .milliseconds(900))
            }
        }

        @Test func aPeerToWhomNobodyListens_isNotCalledSilent() async throws {
            try await ChannelRig.run { rig in
                let options = WebSocketOptions.forTests { $0.pingInterval = 10_000_000 }
                let (channel, peer) = try await rig.channel { channel in
                    try WebSocketMessages.addHandlers(to: channel, side: .server, options: options)
                    try channel.syncOptions?.setOption(.autoRead, value: false)
                }
                // Deadlines of one loop are kept in their order, so this is behind several looks at the peer.
                try await rig.loop.scheduleTask(in: .milliseconds(60)) {}.futureResult.get()
                #expect(channel.isActive)
                try await channel.setOption(.autoRead, value: true).get()
                let received = try peer.receive(6)
                #expect(Answer.all(in: received) == [.ping([]), .close(1001)])
                try await channel.closeFuture.get()
            }
        }

        /// Pages of the address space of this process.
        private func pages() -> Int {
            var text = [UInt8](repeating: 0, count: 100)
            let descriptor = open("/proc/self/statm", O_RDONLY)
            defer { Glibc.close(descriptor) }
            let count = max(read(descriptor, &text, text.count), 0)
            return Int(String(decoding: text[..<count], as: UTF8.self).split(separator: " ")[0]) ?? 0
        }

        @Test func nothingIsReservedForALengthThatIsOnlyAnnounced() async throws {
            try await ChannelRig.run { rig in
                let options = WebSocketOptions.forTests { $0.largestMessage = Int(Int32.max) }
                let (channel, peer) = try await rig.channel(Self.server(options))
                try peer.send(Upgrade().bytes)
                _ = try head(peer)
                let before = pages()
                var frame = RawFrame.binary([UInt8](repeating: 1, count: 1000))
                frame.announced = UInt64(Int32.max)
                try peer.send(frame.bytes)
                frame.announced = nil
                // Which shows that what came before has been looked at.
                try await rig.loop.scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
                #expect((pages() - before) * 4096 < 1 << 30)
                peer.finishSending()
                try await channel.closeFuture.get()
            }
        }

        /// What a script does, through the driver.
        @Test func aSocketOfTheDriver_sendsMessagesAndCloses() async throws {
            let transport = Transport.handlers { channel in
                try WebSocketMessages.addHandlers(to: channel, side: .server, options: .forTests())
            }
            try await Rig.run(transport: transport) { rig in
                let (peer, id) = try await rig.pair()
                try peer.send(RawFrame.binary([1, 2]).bytes + RawFrame.ping([9]).bytes)
                try await rig.sink.wait(for: .data(id, [1, 2]))
                #expect(try Answer.all(in: peer.receive(3)) == [.pong([9])])
                #expect(rig.send(id, "answer"))
                rig.driver.close(id)
                let bytes = try peer.receive(12)
                #expect(Answer.all(in: bytes) == [.binary(Array("answer".utf8)), .close(1000)])
                try peer.send(RawFrame.close(1000).bytes)
                #expect(try peer.sawEnd())
            }
        }

        @Test func aPeerThatBreaksARule_isAnErrorWithItsSentence() async throws {
            let transport = Transport.handlers { channel in
                try WebSocketMessages.addHandlers(to: channel, side: .server, options: .forTests())
            }
            try await Rig.run(transport: transport) { rig in
                let (peer, id) = try await rig.pair()
                try peer.send(RawFrame.binary([1]).unmasked().bytes)
                try await rig.sink.wait(for: .failed(id, WebSocketViolation.unmaskedFrame.description))
                #expect(try Answer.all(in: peer.receive(100)) == [.close(1002)])
            }
        }
    }
}
