// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import Testing

@testable import SocketDriver

extension SocketTests {
    /// Stream sockets over pipelines that change something; what they have in common with plain ones is tested with both.
    @Suite struct PipelineConnections {
        private struct Refusal: Error, CustomStringConvertible {
            let description: String
        }

        /// Messages with one byte of length in front; a length of 255 is an offence.
        private final class Framing: ByteToMessageDecoder, MessageToByteEncoder {
            typealias InboundOut = ByteBuffer
            typealias OutboundIn = ByteBuffer

            func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
                if buffer.readableBytesView.first == 255 { throw Refusal(description: "bad frame") }
                guard let frame = buffer.readLengthPrefixedSlice(as: UInt8.self) else { return .needMoreData }
                context.fireChannelRead(wrapInboundOut(frame))
                return .continue
            }

            func encode(data: ByteBuffer, out: inout ByteBuffer) throws {
                try out.writeLengthPrefixed(as: UInt8.self) { $0.writeImmutableBuffer(data) }
            }
        }

        private static let framing = Transport.handlers { channel in
            let operations = channel.pipeline.syncOperations
            try operations.addHandlers(ByteToMessageHandler(Framing()), MessageToByteHandler(Framing()))
        }

        private static func frame(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

        @Test func messages_keepTheirBordersInBothDirections() async throws {
            try await Rig.run(transport: Self.framing) { rig in
                let (peer, id) = try await rig.pair()
                try peer.send(Self.frame("one") + Self.frame("two") + [5, 1, 2])
                try await rig.sink.wait(for: .data(id, Array("two".utf8)))
                try peer.send([3, 4, 5])
                try await rig.sink.wait(for: .data(id, [1, 2, 3, 4, 5]))
                #expect(rig.sink.happenings(of: id).count == 4)
                try await rig.onLoop {
                    for text in ["a", "bc", "def"] { rig.send(id, text) }
                    rig.send(id, "low", .low)
                }
                let expected = ["a", "bc", "def", "low"].flatMap(Self.frame)
                #expect(try peer.receive(expected.count) == expected)
                rig.driver.nodelay(id)
                #expect(rig.send(id, "last"))
                rig.driver.close(id)
                #expect(try peer.receive(100) == Self.frame("last"))
            }
        }

        @Test func manyMessagesToASlowReader_arriveWholeAndAreCounted() async throws {
            try await Rig.run(transport: Self.framing) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                var expected: [UInt8] = []
                for number in 0..<100_000 {
                    let text = "message number \(number) of very many that are all the same in the end"
                    expected += Self.frame(text)
                    rig.send(id, text)
                }
                try await rig.settle()
                #expect(rig.driver.information().first { $0.id == id }?.bytesWaiting ?? 0 > 1 << 20)
                #expect(try peer.receive(expected.count) == expected)
                try await rig.sink.wait(for: .warning(id, 0))
            }
        }

        @Test func aProtocolError_isAFailureAndTheEnd() async throws {
            try await Rig.run(transport: Self.framing) { rig in
                let (peer, id) = try await rig.pair()
                try peer.send(Self.frame("good") + [255] + Self.frame("unheard"))
                try await rig.sink.wait(for: .closed(id))
                #expect(
                    rig.sink.happenings(of: id).dropFirst()
                        == [.data(id, Array("good".utf8)), .failed(id, "bad frame"), .closed(id)]
                )
                #expect(!rig.send(id, "late"))
                // Closed with input that nobody wants: in order or not, it is the end.
                _ = try? peer.receive(1)
                #expect(rig.driver.information().allSatisfy { $0.id != id })
            }
        }

        @Test func aPipelineThatCannotBeMade_isRefusedBeforeItsOwnerHearsOfIt() async throws {
            let transport = Transport.handlers { _ in throw Refusal(description: "no certificate") }
            try await Rig.run(transport: transport) { rig in
                let (listener, port) = try await rig.listener()
                let peer = try Peer(port: port)
                #expect(try peer.sawEnd())
                try await rig.settle()
                #expect(rig.log.refusals.map(\.description) == ["no certificate"])
                #expect(
                    rig.sink.happenings.allSatisfy { if case .accepted(listener, _, _) = $0 { false } else { true } }
                )
            }
        }

        /// Keeps what is written for a while, as a protocol does that has to do something else first.
        private final class Delay: ChannelOutboundHandler {
            typealias OutboundIn = ByteBuffer
            private var kept: [(NIOAny, EventLoopPromise<Void>?)] = []

            func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
                kept.append((data, promise))
            }

            func flush(context: ChannelHandlerContext) {
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: .milliseconds(20)) {
                    let (handler, context) = bound.value
                    for (data, promise) in exchange(&handler.kept, with: []) { context.write(data, promise: promise) }
                    context.flush()
                }
            }
        }

        @Test func close_waitsForWhatAHandlerKeeps() async throws {
            let transport = Transport.handlers { try $0.pipeline.syncOperations.addHandler(Delay()) }
            try await Rig.run(transport: transport) { rig in
                let (peer, id) = try await rig.pair()
                #expect(rig.send(id, "bye"))
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.driver.information().first { $0.id == id }?.kind == .closing)
                #expect(try peer.receive(100) == Array("bye".utf8))
            }
        }

        @Test func drain_waitsForWhatAHandlerKeeps() async throws {
            let transport = Transport.handlers { try $0.pipeline.syncOperations.addHandler(Delay()) }
            try await Rig.run(transport: transport) { rig in
                let (peer, id) = try await rig.pair()
                #expect(rig.send(id, "bye"))
                try await rig.settle()
                rig.driver.drain(.all)
                #expect(try peer.receive(100) == Array("bye".utf8))
            }
        }

        /// A handler that does not let go when it is asked to close.
        private final class Clinging: ChannelOutboundHandler, Sendable {
            typealias OutboundIn = ByteBuffer
            func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {}
        }

        @Test(arguments: [true, false])
        func aHandlerThatClings_isGivenASecondAndNoneAtTheEndOfTheNode(atTheEnd: Bool) async throws {
            let transport = Transport.handlers { try $0.pipeline.syncOperations.addHandler(Clinging()) }
            try await Rig.run(transport: transport) { rig in
                let (peer, id) = try await rig.pair()
                if atTheEnd { await rig.driver.shutdownAll() } else { rig.driver.close(id) }
                try await rig.sink.wait(for: .closed(id))
                #expect(try peer.sawEnd())
            }
        }
    }
}
