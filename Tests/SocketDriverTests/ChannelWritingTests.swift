// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import Synchronization
import Testing

@testable import SocketDriver

extension SocketTests {
    @Suite struct ChannelWriting {
        @Test func manySmallWrites_leaveInOrderAndKeepTheirPromises() async throws {
            try await ChannelRig.run { rig in
                let kept = Journal<Int>()
                let (channel, peer) = try await rig.channel { _ in }
                var expected: [UInt8] = []
                let count = 20_000
                let texts = (0..<count).map { $0 % 7 == 3 ? "" : "\($0);" }
                for text in texts { expected += Array(text.utf8) }
                rig.loop.execute {
                    for (number, text) in texts.enumerated() {
                        let promise = rig.loop.makePromise(of: Void.self)
                        promise.futureResult.whenSuccess { kept.append(number) }
                        channel.write(ByteBuffer(string: text), promise: promise)
                    }
                    channel.flush()
                }
                #expect(try peer.receive(expected.count) == expected)
                try await channel.writeAndFlush(ByteBuffer()).get()
                #expect(kept.entries == Array(0..<count))
                try await channel.close().get()
            }
        }

        @Test func whatIsNotFlushed_stays() async throws {
            try await ChannelRig.run { rig in
                let (channel, peer) = try await rig.channel { _ in }
                let first = channel.write(ByteBuffer(string: "a"))
                channel.flush()
                let second = channel.write(ByteBuffer(string: "b"))
                try await first.get()
                #expect(try await channel.getOption(.bufferedWritableBytes).get() == 1)
                try await channel.close().get()
                await #expect(throws: ChannelError.alreadyClosed) { try await channel.close().get() }
                await #expect(throws: (any Error).self) { try await second.get() }
                #expect(try peer.receive(2) == [UInt8(ascii: "a")])
            }
        }

        @Test func slowReader_makesItUnwritableUntilItHasRead() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder()
                let (channel, peer) = try await rig.channel(receiveBuffer: 4096) { channel in
                    try channel.pipeline.syncOperations.addHandler(recorder)
                }
                let promises = try await rig.loop.submit {
                    var futures: [EventLoopFuture<Void>] = []
                    while channel.isWritable {
                        futures.append(channel.writeAndFlush(ByteBuffer(repeating: 7, count: 100_000)))
                    }
                    return futures
                }.get()
                #expect(!channel.isWritable && recorder.entries.last == .writable(false))
                #expect(try peer.receive(promises.count * 100_000).count == promises.count * 100_000)
                for promise in promises { try await promise.get() }
                try await rig.loop.submit {}.get()
                #expect(channel.isWritable && recorder.entries.last == .writable(true))
                try await channel.close().get()
            }
        }

        /// A handler that fills the channel whenever it may, from within the very events that say so.
        @Test func aHandlerThatWritesWhenWritable_neitherRecursesNorStops() async throws {
            try await ChannelRig.run { rig in
                let left = Mutex(2_000)
                let fill: @Sendable (ChannelHandlerContext, Recorder.Entry) -> Void = { context, entry in
                    guard entry == .active || entry == .writable(true) else { return }
                    while context.channel.isWritable, left.withLock({ $0 > 0 }) {
                        left.withLock { $0 -= 1 }
                        context.writeAndFlush(NIOAny(ByteBuffer(repeating: 7, count: 70_000)), promise: nil)
                    }
                }
                let (channel, peer) = try await rig.channel { channel in
                    try channel.pipeline.syncOperations.addHandler(Recorder(fill))
                }
                #expect(try peer.receive(2_000 * 70_000).count == 2_000 * 70_000)
                try await channel.close().get()
            }
        }

        @Test func aPromiseThatWritesAgain_goesOnWithoutEnd() async throws {
            try await ChannelRig.run { rig in
                let left = Mutex(50_000)
                let (channel, peer) = try await rig.channel { _ in }
                @Sendable func writeNext() {
                    let isOver = left.withLock { left in
                        left -= 1
                        return left < 0
                    }
                    if isOver { return }
                    let promise = channel.eventLoop.makePromise(of: Void.self)
                    promise.futureResult.whenSuccess { writeNext() }
                    channel.writeAndFlush(ByteBuffer(bytes: [1]), promise: promise)
                }
                rig.loop.execute { writeNext() }
                #expect(try peer.receive(50_000).count == 50_000)
                try await channel.close().get()
            }
        }

        @Test func writingToAPeerThatHasGone_failsAndEndsIt() async throws {
            try await ChannelRig.run { rig in
                let recorder = Recorder()
                var (channel, peer): (any Channel, Peer?) = try await rig.channel(receiveBuffer: 4096) { channel in
                    try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
                    try channel.pipeline.syncOperations.addHandler(recorder)
                }
                try peer?.send(Array("last words".utf8))
                let (pending, unflushed) = try await rig.loop.submit { [channel] in
                    let pending: EventLoopFuture<Void> = channel.writeAndFlush(
                        ByteBuffer(repeating: 1, count: 20 << 20)
                    )
                    return (pending, channel.write(ByteBuffer(repeating: 1, count: 1)))
                }.get()
                peer = nil
                _ = peer
                await #expect(throws: IOError.self) { try await pending.get() }
                await #expect(throws: IOError.self) { try await unflushed.get() }
                try await channel.closeFuture.get()
                #expect(recorder.bytes == Array("last words".utf8))
                #expect(recorder.entries.suffix(2) == [.inactive, .unregistered])
            }
        }

        @Test func whatIsNoBuffer_isRefused() async throws {
            try await ChannelRig.run { rig in
                let (channel, peer) = try await rig.channel { _ in }
                await #expect(throws: ChannelError.operationUnsupported) {
                    try await channel.writeAndFlush("text").get()
                }
                try await channel.writeAndFlush(IOData.byteBuffer(ByteBuffer(string: "x"))).get()
                #expect(try peer.receive(1) == [UInt8(ascii: "x")])
                try await channel.close().get()
            }
        }
    }
}
