// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import Glibc

/// What lies between a TLS session and its descriptor, as a `BIO` of the library.
///
/// It gives the session the bytes that have come, and never waits for any; it takes all that the session says, and keeps
/// what the system does not take. So the session never stops in the middle of saying something, and whatever makes it
/// speak (a key update, an alert, a ticket) is passed on like anything else.
struct TLSFeed {
    private let descriptor: Int32
    /// What has come and the session has not taken yet; borrowed for the length of one call.
    var input = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What the system has not taken.
    private(set) var unsent: [UInt8] = []
    /// The error number of the system, once it has refused.
    private(set) var failure: Int32?

    /// The handshake is done: from now on its messages are rare.
    var isEstablished = false
    /// Messages of the handshake and warnings since the peer last said something that mattered.
    var controlMessages = 0

    /// Each costs more than it is to send; nobody needs more than a few in a row.
    private static let mostControlMessages = 64
    /// The peer is not worth listening to any longer.
    var isFlooded: Bool { controlMessages > Self.mostControlMessages }

    /// A peer that makes us answer and does not read is not worth more.
    private static let largestUnsent = 256 << 10

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Sends what the system did not take before. False while it does not take everything.
    mutating func flush() -> Bool {
        if unsent.isEmpty { return true }
        guard failure == nil else { return false }
        switch unsent.withUnsafeBytes({ SystemCalls.send(descriptor, $0) }) {
        case .failed(let code): failure = code
        case .wrote(let count): unsent.removeFirst(count)
        }
        if unsent.isEmpty { unsent = [] }
        return unsent.isEmpty
    }

    // MARK: For the library

    private mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard failure == nil else { return -1 }
        var sent = 0
        if unsent.isEmpty {
            switch SystemCalls.send(descriptor, bytes) {
            case .wrote(let count): sent = count
            case .failed(let code):
                failure = code
                return -1
            }
        }
        if sent < bytes.count { unsent += bytes[sent...] }
        if unsent.count > Self.largestUnsent { failure = ENOBUFS }
        return Int32(bytes.count)
    }

    private mutating func give(_ target: UnsafeMutableRawBufferPointer) -> Int32 {
        let count = min(target.count, input.count)
        guard count > 0, !isFlooded else { return -1 }
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
        input = UnsafeRawBufferPointer(rebasing: input[count...])
        return Int32(count)
    }

    /// The functions of the `BIO`; what it works on is a feed, put there for the length of each call.
    static func makeMethod() -> OpaquePointer? {
        guard let method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream") else { return nil }
        BIO_meth_set_read(method) { stream, target, count in
            guard let stream, let target, count > 0, let feed = BIO_get_data(stream) else { return -1 }
            let buffer = UnsafeMutableRawBufferPointer(start: target, count: Int(count))
            let result = feed.assumingMemoryBound(to: TLSFeed.self).pointee.give(buffer)
            // The session asks whether it is worth coming again.
            if result < 0, !feed.assumingMemoryBound(to: TLSFeed.self).pointee.isFlooded {
                BIO_set_flags(stream, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            } else {
                BIO_clear_flags(stream, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            }
            return result
        }
        BIO_meth_set_write(method) { stream, bytes, count in
            guard let stream, let bytes, count > 0, let feed = BIO_get_data(stream) else { return -1 }
            BIO_clear_flags(stream, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            return feed.assumingMemoryBound(to: TLSFeed.self).pointee.take(buffer)
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }

    /// Counts what peers of a context, an `SSL_CTX *`, say beside their data.
    static func count(in context: OpaquePointer) {
        SSL_CTX_set_info_callback(context) { session, kind, _ in
            guard let session, kind & (SSL_CB_LOOP | SSL_CB_ALERT) != 0 else { return }
            guard let feed = BIO_get_data(SSL_get_rbio(session))?.assumingMemoryBound(to: TLSFeed.self) else { return }
            if feed.pointee.isEstablished { feed.pointee.controlMessages += 1 }
        }
    }
}
