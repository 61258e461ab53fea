// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import Glibc

/// A connection that is ready for packets, and what stands between them and its descriptor.
///
/// On plain TCP, nothing does: each call is one call of the system.
struct Link {
    let descriptor: CInt
    /// Of the TLS library, which ``close()`` frees.
    var session: OpaquePointer?

    /// Whether a read may bring more without the descriptor becoming readable.
    var holdsMore: Bool {
        guard let session else { return false }
        return SSL_has_pending(session) == 1
    }

    /// Whether it took up the session of one before.
    var isResumed: Bool {
        guard let session else { return false }
        return SSL_session_reused(session) == 1
    }

    func read(into buffer: inout [UInt8]) -> SystemCalls.Transfer {
        guard let session else { return SystemCalls.read(descriptor, into: &buffer) }
        ERR_clear_error()
        let count = buffer.withUnsafeMutableBytes { SSL_read(session, $0.baseAddress, CInt(clamping: $0.count)) }
        return count > 0 ? .bytes(Int(count)) : TLSClient.failure(session, count)
    }

    /// A write that would block is to be repeated with the same bytes, or more behind them.
    func write(_ source: [UInt8], from offset: Int, count: Int) -> SystemCalls.Transfer {
        guard let session else { return SystemCalls.write(descriptor, source, from: offset, count: count) }
        ERR_clear_error()
        let written = source.withUnsafeBytes {
            SSL_write(session, $0.baseAddress?.advanced(by: offset), CInt(clamping: count))
        }
        return written > 0 ? .bytes(Int(written)) : TLSClient.failure(session, written)
    }

    func close() {
        if let session {
            SSL_shutdown(session)
            SSL_free(session)
        }
        SystemCalls.close(descriptor)
    }
}
