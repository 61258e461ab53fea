// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import NIOHTTP1
import Testing

@testable import SocketDriver

extension SocketTests {
    /// Handlers that others wrote for NIO's own loops.
    @Suite struct ForeignHandlers {
        private final class Greeter: ChannelInboundHandler, Sendable {
            typealias InboundIn = HTTPServerRequestPart
            typealias OutboundOut = HTTPServerResponsePart

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                guard case .head(let request) = unwrapInboundIn(data) else { return }
                let body = ByteBuffer(string: "you asked for \(request.uri)")
                var head = HTTPResponseHead(version: request.version, status: .ok)
                head.headers.add(name: "Content-Length", value: "\(body.readableBytes)")
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }

            func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        }

        @Test func http_isServed() async throws {
            try await ChannelRig.run { rig in
                let (channel, peer) = try await rig.channel { channel in
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Greeter())
                }
                // Two in one go: the second waits in the pipeline for the answer to the first.
                let requests = "GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n"
                let answers = ["/first", "/second"].map { path in
                    let body = "you asked for \(path)"
                    return "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                }
                let expected = Array(answers.joined().utf8)
                try peer.send(Array(requests.utf8))
                #expect(String(decoding: try peer.receive(expected.count), as: UTF8.self) == answers.joined())
                try peer.send(Array("nonsense\r\n\r\n".utf8))
                let refusal = String(decoding: try peer.receive(1000), as: UTF8.self)
                #expect(refusal.hasPrefix("HTTP/1.1 400"))
                try await channel.closeFuture.get()
            }
        }

        @Test func asyncChannel_echoes() async throws {
            try await ChannelRig.run { rig in
                let made = Journal<NIOAsyncChannel<ByteBuffer, ByteBuffer>>()
                let (channel, peer) = try await rig.channel { channel in
                    made.append(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
                let total = 1 << 20
                async let echoed: Void = made.entries[0].executeThenClose { inbound, outbound in
                    for try await message in inbound { try await outbound.write(message) }
                }
                async let sent: Void = onThread { try peer.send([UInt8](repeating: 9, count: total)) }
                let received = try await onThread { try peer.receive(total) }
                #expect(received.count == total)
                try await sent
                peer.finishSending()
                try await echoed
                try await channel.closeFuture.get()
            }
        }
    }
}
