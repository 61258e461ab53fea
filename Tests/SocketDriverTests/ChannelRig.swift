// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import NIOCore
import Synchronization

@testable import SocketDriver

/// A loop that a thread holds, for channels without a driver.
struct ChannelRig: Sendable {
    let loop: SocketLoop

    static func run(_ body: (ChannelRig) async throws -> Void) async throws {
        let holder = LoopHolder(SocketLoop(number: 0))
        Thread { holder.hold() }.start()
        let result: Result<Void, any Error>
        do {
            try await body(ChannelRig(loop: holder.loop))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await holder.stop()
        try result.get()
    }

    /// A channel and its peer; `configure` runs on the loop before the channel is registered.
    func channel(
        receiveBuffer: Int32? = nil,
        _ configure: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> (any Channel, Peer) {
        let listener = PeerListener()
        let peer = try Peer(port: Int32(listener.port), receiveBuffer: receiveBuffer)
        let accepted = Glibc.accept(listener.descriptor, nil, nil)
        guard accepted >= 0, SystemCalls.stopBlocking(accepted) else { throw Peer.Failure(call: "accept", code: errno) }
        let channel = SocketChannel(.socket(accepted), on: loop)
        try await loop.submit { try configure(channel) }.get()
        let promise = loop.makePromise(of: Void.self)
        loop.execute { channel.pipeline.register(promise: promise) }
        try await promise.futureResult.get()
        return (channel, peer)
    }
}

/// Sends back what comes in.
final class Echo: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
}

/// Writes down what reaches it, and answers with what a test wants.
final class Recorder: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Entry: Equatable, Sendable {
        case registered, active, readComplete, inactive, unregistered
        case read([UInt8])
        case writable(Bool)
        case inputClosed, outputClosed
        case failed(Int32)
        case protocolError(String)
    }

    let journal = Journal<Entry>()
    private let reaction: @Sendable (ChannelHandlerContext, Entry) -> Void

    init(_ reaction: @escaping @Sendable (ChannelHandlerContext, Entry) -> Void = { _, _ in }) {
        self.reaction = reaction
    }

    var entries: [Entry] { journal.entries }
    /// All bytes that were read, in order.
    var bytes: [UInt8] { entries.flatMap { if case .read(let bytes) = $0 { bytes } else { [UInt8]() } } }

    private func note(_ entry: Entry, _ context: ChannelHandlerContext) {
        journal.append(entry)
        reaction(context, entry)
    }

    func channelRegistered(context: ChannelHandlerContext) { note(.registered, context) }
    func channelUnregistered(context: ChannelHandlerContext) { note(.unregistered, context) }
    func channelActive(context: ChannelHandlerContext) { note(.active, context) }
    func channelInactive(context: ChannelHandlerContext) { note(.inactive, context) }
    func channelReadComplete(context: ChannelHandlerContext) { note(.readComplete, context) }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        note(.read(Array(unwrapInboundIn(data).readableBytesView)), context)
    }
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        note(.writable(context.channel.isWritable), context)
    }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ChannelEvent {
        case .inputClosed: note(.inputClosed, context)
        case .outputClosed: note(.outputClosed, context)
        case nil: break
        }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        note((error as? IOError).map { .failed($0.errnoCode) } ?? .protocolError("\(error)"), context)
    }
}

extension ChannelHandlerContext {
    /// Writes and flushes text.
    func say(_ text: String, promise: EventLoopPromise<Void>? = nil) {
        writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: promise)
    }
}
