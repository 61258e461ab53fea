// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import Synchronization
import Testing

@testable import SocketDriver

extension SocketTests {
    @Suite struct Channels {
        @Test func echo_untilThePeerIsDone() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder { context, entry in
                    if case .read(let bytes) = entry { context.say(String(decoding: bytes, as: UTF8.self)) }
                }
                let (channel, peer) = try await rig.channel { try $0.pipeline.syncOperations.addHandler(recorder) }
                #expect(channel.isActive && channel.isWritable && channel.parent == nil)
                #expect(channel.remoteAddress?.port == Int(peer.localPort))
                #expect(channel.remoteAddress?.ipAddress == "127.0.0.1" && channel.localAddress?.port != nil)
                try peer.send(Array("hello".utf8))
                #expect(try peer.receive(5) == Array("hello".utf8))
                peer.finishSending()
                #expect(try peer.sawEnd())
                try await channel.closeFuture.get()
                #expect(!channel.isActive)
                let expected: [Recorder.Entry] = [
                    .registered, .active, .read(Array("hello".utf8)), .readComplete, .inactive, .unregistered,
                ]
                #expect(recorder.entries == expected)
            }
        }

        /// Frames of two bytes of length and as many bytes of text.
        private struct FrameDecoder: ByteToMessageDecoder {
            typealias InboundOut = ByteBuffer
            mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
                guard let frame = buffer.readLengthPrefixedSlice(as: UInt16.self) else { return .needMoreData }
                context.fireChannelRead(wrapInboundOut(frame))
                return .continue
            }
        }

        private static func frame(_ text: String) -> [UInt8] { [0, UInt8(text.utf8.count)] + Array(text.utf8) }

        @Test func byteToMessageHandler_cutsFramesHoweverTheyArrive() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder()
                let (channel, peer) = try await rig.channel { channel in
                    try channel.pipeline.syncOperations.addHandlers(ByteToMessageHandler(FrameDecoder()), recorder)
                }
                for byte in Self.frame("one") {
                    try peer.send([byte])
                    try await rig.loop.submit {}.get()
                }
                try peer.send(Self.frame("two") + Self.frame("") + Self.frame("three") + [0, 9, 1])
                peer.finishSending()
                try await channel.closeFuture.get()
                let frames = recorder.entries.compactMap { if case .read(let bytes) = $0 { bytes } else { nil } }
                #expect(frames == ["one", "two", "", "three"].map { Array($0.utf8) })
            }
        }

        @Test func peerHalfCloses_isAnEventAndWritingWorks() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder { context, entry in
                    if entry == .inputClosed {
                        context.say("answer")
                        context.close(mode: .output, promise: nil)
                    }
                }
                let (channel, peer) = try await rig.channel { channel in
                    try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
                    try channel.pipeline.syncOperations.addHandler(recorder)
                }
                try peer.send([1])
                peer.finishSending()
                #expect(try peer.receive(100) == Array("answer".utf8))
                try await channel.closeFuture.get()
                #expect(
                    recorder.entries == [
                        .registered, .active, .read([1]), .readComplete, .inputClosed, .inactive, .unregistered,
                    ]
                )
            }
        }

        @Test func closingTheOutput_leavesTheInputOpen() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder()
                let (channel, peer) = try await rig.channel { channel in
                    try channel.pipeline.syncOperations.addHandler(recorder)
                }
                let big = ByteBuffer(repeating: 7, count: 4 << 20)
                let sent: EventLoopFuture<Void> = channel.writeAndFlush(big)
                let unflushed = channel.write(big)
                let ended: EventLoopFuture<Void> = channel.close(mode: .output)
                await #expect(throws: ChannelError.outputClosed) { try await unflushed.get() }
                await #expect(throws: ChannelError.outputClosed) { try await channel.writeAndFlush(big).get() }
                await #expect(throws: ChannelError.outputClosed) { try await channel.close(mode: .output).get() }
                await #expect(throws: ChannelError.operationUnsupported) { try await channel.close(mode: .input).get() }
                #expect(try peer.receive(5 << 20).count == 4 << 20)
                try await sent.get()
                try await ended.get()
                try peer.send([1, 2])
                peer.finishSending()
                try await channel.closeFuture.get()
                #expect(recorder.bytes == [1, 2])
                #expect(recorder.entries.contains(.outputClosed))
            }
        }

        @Test func closeDuringARead_endsItThere() async throws {
            try await ChannelRig.run { rig in
                let failures = Journal<ChannelError>()
                let recorder = Recorder { context, entry in
                    switch entry {
                    case .read: context.close(promise: nil)
                    case .inactive:
                        let written = context.writeAndFlush(NIOAny(ByteBuffer(string: "too late")))
                        let closed = context.close()
                        for future in [written, closed] {
                            future.whenFailure { if let error = $0 as? ChannelError { failures.append(error) } }
                        }
                    default: break
                    }
                }
                let (channel, peer) = try await rig.channel { channel in
                    try channel.syncOptions?.setOption(.autoRead, value: false)
                    try channel.pipeline.syncOperations.addHandler(recorder)
                }
                try peer.send([UInt8](repeating: 1, count: 200_000))
                channel.read()
                try await channel.closeFuture.get()
                let shape = recorder.entries.map { if case .read = $0 { Recorder.Entry.read([]) } else { $0 } }
                #expect(shape == [.registered, .active, .read([]), .inactive, .unregistered])
                #expect(failures.entries == [.ioOnClosedChannel, .alreadyClosed])
                await #expect(throws: ChannelError.ioOnClosedChannel) {
                    try await channel.writeAndFlush(ByteBuffer(string: "x")).get()
                }
            }
        }

        @Test func whatWasFlushedBeforeTheClose_leaves() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder { context, entry in
                    if case .read = entry {
                        context.say("bye")
                        context.close(promise: nil)
                    }
                }
                let (channel, peer) = try await rig.channel { try $0.pipeline.syncOperations.addHandler(recorder) }
                try peer.send([1])
                #expect(try peer.receive(4) == Array("bye".utf8))
                try await channel.closeFuture.get()
            }
        }

        @Test func withoutAutoRead_nothingIsReadUnasked() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder()
                let (channel, peer) = try await rig.channel { channel in
                    try channel.syncOptions?.setOption(.autoRead, value: false)
                    try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
                    try channel.pipeline.syncOperations.addHandler(recorder)
                }
                try peer.send([UInt8](repeating: 1, count: 100_000))
                try await rig.loop.submit {}.get()
                #expect(recorder.bytes.isEmpty)
                channel.read()
                while recorder.bytes.isEmpty { try await rig.loop.submit {}.get() }
                for _ in 0..<10 { try await rig.loop.submit {}.get() }
                #expect(recorder.bytes.count <= 65536)
                try await channel.setOption(.autoRead, value: true).get()
                while recorder.bytes.count < 100_000 { try await rig.loop.submit {}.get() }
                // Nobody reads the end while nobody is asked to.
                try await channel.setOption(.autoRead, value: false).get()
                peer.finishSending()
                for _ in 0..<10 { try await rig.loop.submit {}.get() }
                #expect(channel.isActive)
                channel.read()
                try await channel.closeFuture.get()
            }
        }

        @Test func reset_isAnErrorAndTheEnd() async throws {
            try await ChannelRig.run { rig in
                for autoRead in [true, false] {
                    let recorder = Recorder()
                    var (channel, peer): (any Channel, Peer?) = try await rig.channel { channel in
                        try channel.syncOptions?.setOption(.autoRead, value: autoRead)
                        try channel.pipeline.syncOperations.addHandler(recorder)
                    }
                    peer?.resetOnClose()
                    peer = nil
                    try await channel.closeFuture.get()
                    #expect(
                        recorder.entries == [.registered, .active, .failed(ECONNRESET), .inactive, .unregistered]
                    )
                }
            }
        }

        @Test func options_areWhatTheyWereSetTo() async throws {
            try await ChannelRig.run { rig in
                let (channel, peer) = try await rig.channel { _ in }
                let foreign = ChannelOptions.socketOption(.so_reuseaddr)
                await #expect(throws: ChannelError.operationUnsupported) {
                    try await channel.setOption(foreign, value: 1).get()
                }
                let option = ChannelOptions.tcpOption(.tcp_nodelay)
                #expect(try await channel.getOption(option).get() == 0)
                try await channel.setOption(option, value: 1).get()
                #expect(try await channel.getOption(option).get() == 1)
                let marks = ChannelOptions.Types.WriteBufferWaterMark(low: 1, high: 2)
                try await channel.setOption(.writeBufferWaterMark, value: marks).get()
                #expect(try await channel.getOption(.writeBufferWaterMark).get().high == marks.high)
                try await channel.setOption(.allowRemoteHalfClosure, value: true).get()
                #expect(try await channel.getOption(.allowRemoteHalfClosure).get())
                await #expect(throws: ChannelError.operationUnsupported) {
                    try await channel.getOption(.backlog).get()
                }
                await #expect(throws: ChannelError.operationUnsupported) {
                    try await channel.triggerUserOutboundEvent(1).get()
                }
                try await channel.close().get()
                await #expect(throws: ChannelError.ioOnClosedChannel) {
                    try await channel.getOption(.autoRead).get()
                }
                withExtendedLifetime(peer) {}
            }
        }
    }
}
