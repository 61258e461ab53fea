// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Synchronization
import Testing

@testable import SocketDriver

/// One stream, used by several threads at once.
@Suite(.timeLimit(.minutes(2))) struct TLSThreadTests {
    private static let size = 1_000_000

    private static func byte(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index &* 131 >> 5) }

    private static func wait(_ descriptor: Int32, _ events: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        poll(&entry, 1, 10_000)
    }

    /// Writes everything in pieces of many sizes, as fast as it is taken.
    private static func write(_ stream: TLSStream, _ descriptor: Int32) {
        let bytes = (0..<size).map(byte)
        var done = 0
        while done < size {
            let piece = bytes[done..<min(size, done + 1 + done % 40_000)]
            guard case .wrote(let count) = piece.withUnsafeBytes({ stream.write($0) }) else { return }
            done += count
            if count < piece.count { wait(descriptor, POLLOUT) }
        }
        while !stream.flush() { wait(descriptor, POLLOUT) }
    }

    /// Reads everything; answers how much of it was right.
    private static func read(_ stream: TLSStream, _ descriptor: Int32) -> Int {
        let target = UnsafeMutableRawBufferPointer.allocate(byteCount: 30_000, alignment: 16)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 20_000, alignment: 16)
        defer {
            target.deallocate()
            scratch.deallocate()
        }
        var done = 0
        while done < size {
            switch stream.read(target, through: scratch) {
            case .read(let count, _):
                for at in 0..<count where target[at] != byte(done + at) { return done + at }
                done += count
            case .nothing: wait(descriptor, POLLIN)
            default: return done
            }
        }
        return done
    }

    @Test func `both directions of a stream are used at once`() throws {
        let (ours, theirs) = TLSWire.pair(16_384)
        defer { for end in [ours, theirs] { close(end) } }
        let context = try TLSContext(TLSOptions(certificates: [TestCertificates.certificate("server")]))
        let server = try TLSEnd(context, ours)
        let client = try TLSEnd(TLSContext(.trusting), theirs, serverName: "localhost")
        for _ in 0..<5 { _ = (client.handshake(), server.handshake()) }
        #expect(client.handshake() == .done && server.handshake() == .done)
        let (ourStream, theirStream) = (server.stream, client.stream)
        let read = Mutex([0, 0])
        let ended = DispatchSemaphore(value: 0)
        let parts: [@Sendable () -> Void] = [
            { Self.write(ourStream, ours) }, { Self.write(theirStream, theirs) },
            {
                let count = Self.read(ourStream, ours)
                read.withLock { $0[0] = count }
            },
            {
                let count = Self.read(theirStream, theirs)
                read.withLock { $0[1] = count }
            },
        ]
        for part in parts {
            Thread {
                part()
                ended.signal()
            }.start()
        }
        for _ in parts { ended.wait() }
        #expect(read.withLock { $0 } == [Self.size, Self.size])
    }

    @Test func `a context lives as long as its streams`() throws {
        let (ours, theirs) = TLSWire.pair()
        defer { for end in [ours, theirs] { close(end) } }
        weak var context: TLSContext?
        var stream: TLSStream?
        do {
            let names = ["server", "other"].map { TestCertificates.certificate($0) }
            let made = try TLSContext(TLSOptions(certificates: names))
            context = made
            stream = try TLSStream(made, ours)
        }
        #expect(context != nil && stream?.isResumed == false)
        stream = nil
        #expect(context == nil)
    }
}
