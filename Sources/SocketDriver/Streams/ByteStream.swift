// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// What a connection reads from and writes to: a descriptor as the system has it, or with TLS in between.
///
/// Whoever has one has no other way to the peer, so encryption cannot be left out by mistake.
enum ByteStream: Sendable {
    case socket(Int32)
    /// A descriptor that need not be a socket, and may be of one direction only.
    case file(Int32)
    case tls(TLSStream, Int32)

    /// What a read came to.
    enum ReadOutcome {
        /// With `mayHaveMore` the caller comes again without being told that there is something.
        case read(Int, mayHaveMore: Bool)
        case nothing
        case endOfStream
        case failed(any Error)
    }

    var descriptor: Int32 {
        switch self {
        case .socket(let descriptor), .file(let descriptor), .tls(_, let descriptor): descriptor
        }
    }

    var isSocket: Bool { if case .file = self { false } else { true } }

    /// Nil without TLS.
    var tls: TLSStream? { if case .tls(let stream, _) = self { stream } else { nil } }

    /// - Parameter scratch: where what is to be opened ends meanwhile; not `target`.
    @inline(__always)
    func read(_ target: UnsafeMutableRawBufferPointer, through scratch: UnsafeMutableRawBufferPointer) -> ReadOutcome {
        switch self {
        case .socket(let descriptor), .file(let descriptor):
            switch SystemCalls.read(descriptor, target) {
            case .read(let count): .read(count, mayHaveMore: count == target.count)
            case .nothing: .nothing
            case .endOfStream: .endOfStream
            case .failed(let code): .failed(SystemError(code))
            }
        case .tls(let stream, _):
            switch stream.read(target, through: scratch) {
            case .read(let count, let mayHaveMore): .read(count, mayHaveMore: mayHaveMore)
            case .nothing: .nothing
            // Few clients say that they are going to end, and packets say their own lengths.
            case .endOfStream, .truncated: .endOfStream
            case .failed(let reason): .failed(TLSError(reason))
            }
        }
    }

    /// From any thread. With TLS what is counted may still wait for the system: see ``isBlocked``.
    @inline(__always)
    func write(_ bytes: UnsafeRawBufferPointer) -> SystemCalls.WriteOutcome {
        switch self {
        case .socket(let descriptor): SystemCalls.send(descriptor, bytes)
        case .file(let descriptor): SystemCalls.write(descriptor, bytes)
        case .tls(let stream, _): stream.write(bytes)
        }
    }

    /// Whether something that was taken waits for the descriptor to take bytes; then ``flush()`` is to be called.
    @inline(__always)
    var isBlocked: Bool { if case .tls(let stream, _) = self { stream.isBlocked } else { false } }

    func flush() {
        if case .tls(let stream, _) = self { _ = stream.flush() }
    }

    /// Tells the peer that nothing more comes, where there is a word for it.
    func notifyClose() {
        if case .tls(let stream, _) = self { _ = stream.closeNotify() }
    }
}
