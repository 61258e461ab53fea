// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import Glibc
internal import Synchronization

/// TLS in the place of the system calls that read from a descriptor and send to it.
///
/// It answers as they do, so that whoever uses a descriptor can use this without knowing more:
/// * ``read(_:through:)`` answers `nothing` only when the system has nothing, and a `read` that may not be the last one says
///   so. On an edge-triggered descriptor the caller comes again at once after `mayHaveMore`, and after any other `read`
///   when the peer is known to have finished; else at the next edge.
/// * ``write(_:)`` has sealed what it counts. The last record may wait for the system, at most 17 KiB; nothing more is
///   taken before it has left.
///
/// A session also speaks without being asked: handshakes, answers to key updates, alerts. When the system does not take
/// all that is sealed, ``isBlocked`` says so; the caller then waits until the descriptor is writable, and calls ``flush()`` or
/// whatever it wanted to call next.
///
/// All calls may come from any thread: the loop reads while somebody sends. A lock makes them one after the other, for as
/// long as sealing or opening what they carry takes; nobody is called under it. The descriptor belongs to the caller, who
/// closes it after the last call.
final class TLSStream: Sendable {
    /// What a handshake came to.
    enum HandshakeOutcome: Equatable {
        /// The caller reads at once: the peer may have said more already.
        case done
        /// To be called again when something can be read.
        case wantsRead
        /// The same, or when the descriptor takes bytes again.
        case wantsWrite
        case failed(String)
    }

    /// What a read came to.
    enum ReadOutcome: Equatable {
        case read(Int, mayHaveMore: Bool)
        /// The system has nothing more, for now.
        case nothing
        /// The peer has said that nothing more comes.
        case endOfStream
        /// The stream ends without the peer having said so: somebody else may have cut it.
        case truncated
        case failed(String)
    }

    private let context: TLSContext
    private let session: Mutex<TLSSession>
    private let blocked = Atomic(false)

    /// - Parameter serverName: for a client, whom it means; a server that is asked to prove itself has to have a
    ///   certificate for this name or address.
    init(_ context: TLSContext, _ descriptor: Int32, serverName: String? = nil) throws(TLSError) {
        self.context = context
        session = Mutex(try TLSSession(context, descriptor, serverName: serverName))
    }

    /// Whether sealed bytes wait for the descriptor: of the session itself, or of a write that was not taken whole.
    var isBlocked: Bool { blocked.load(ordering: .relaxed) }

    @inline(__always)
    private func locked<Result: Sendable>(_ body: (inout TLSSession) -> Result) -> Result {
        session.withLock { session in
            let result = body(&session)
            let isBlocked = session.isBlocked
            if isBlocked != blocked.load(ordering: .relaxed) { blocked.store(isBlocked, ordering: .relaxed) }
            return result
        }
    }

    /// Goes on with the handshake as far as what has come allows.
    /// - Parameter scratch: for what comes, during the call.
    func handshake(through scratch: UnsafeMutableRawBufferPointer) -> HandshakeOutcome {
        locked { $0.handshake(context, through: scratch) }
    }

    /// Reads what the peer said into `target`, which is not empty.
    /// - Parameter scratch: for what comes, during the call; its size bounds what one call takes from the system.
    func read(
        _ target: UnsafeMutableRawBufferPointer,
        through scratch: UnsafeMutableRawBufferPointer
    ) -> ReadOutcome {
        locked { $0.read(target, through: scratch) }
    }

    /// Says something to the peer. Failures are those of the system; EPROTO when the session itself has failed,
    /// EPIPE after ``closeNotify()``.
    func write(_ bytes: UnsafeRawBufferPointer) -> SystemCalls.WriteOutcome {
        locked { $0.write(bytes) }
    }

    /// Sends what ``isBlocked`` is about. False while the system does not take everything.
    func flush() -> Bool {
        locked { $0.flush() }
    }

    /// Tells the peer that nothing more comes; it may still talk. False when that waits for the descriptor to take bytes;
    /// true also when there is nobody left to tell.
    func closeNotify() -> Bool {
        locked { $0.closeNotify() }
    }

    /// What was agreed on; nil before the handshake is done.
    var facts: ConnectionFacts.TLS? { locked { $0.facts } }

    /// Whether the handshake took up where an earlier connection ended.
    var isResumed: Bool { locked { $0.isResumed } }

    /// Why it no longer works, when it was not the system.
    var failure: String? { locked { $0.failure } }
}
