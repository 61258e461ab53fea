// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import Glibc

/// One end of a TLS connection and the descriptor it goes through: what ``TLSStream`` keeps behind its lock.
struct TLSSession: ~Copyable {
    private enum Phase: Equatable {
        case handshaking
        case open
        /// The peer has said that nothing more comes.
        case finished
        /// The peer's system has said so, the peer has not.
        case truncated
        case failed(String)
    }

    /// An `SSL *`; for a server nil until a client has said hello.
    private var session: OpaquePointer?
    private var phase = Phase.handshaking
    private var feed: TLSFeed
    private let descriptor: Int32
    /// What has come and found no room, or is not enough yet.
    private var kept: [UInt8] = []
    /// Opened text may be left in the session.
    private var isMoreInside = false
    private var isNotified = false

    var isBlocked: Bool { !feed.unsent.isEmpty }
    var failure: String? { if case .failed(let reason) = phase { reason } else { nil } }

    /// The most text in a record, and the piece by which it is sealed.
    private static let record = 16 << 10

    init(_ context: TLSContext, _ descriptor: Int32, serverName: String?) throws(TLSError) {
        self.descriptor = descriptor
        feed = TLSFeed(descriptor)
        if context.isServer { return }
        let session = try Self.makeSession(context)
        self.session = session
        SSL_set_connect_state(session)
        if let serverName {
            try TLSServerName.send(serverName, on: session)
            if context.verifiesServer { try Self.require(serverName, of: session) }
        } else if context.verifiesServer {
            throw TLSError("a server can only be verified by its name or address, and none is given")
        }
    }

    deinit { SSL_free(session) }

    private static func makeSession(_ context: TLSContext) throws(TLSError) -> OpaquePointer {
        ERR_clear_error()
        guard let session = SSL_new(context.pointer) else { throw .last("SSL_new") }
        guard let stream = BIO_new(context.streams) else {
            SSL_free(session)
            throw .last("BIO_new")
        }
        BIO_set_init(stream, 1)
        SSL_set_bio(session, stream, stream)
        return session
    }

    /// Accepts only a certificate for this name or address.
    private static func require(_ name: String, of session: OpaquePointer) throws(TLSError) {
        let parameters = SSL_get0_param(session)
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        let result =
            TLSServerName.isAddress(name)
            ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name)
            : X509_VERIFY_PARAM_set1_host(parameters, name, 0)
        if result != 1 { throw .last("X509_VERIFY_PARAM_set1_host") }
    }

    // MARK: The library

    /// What the library says about a call that did nothing.
    private enum Complaint {
        case wantsMore
        case finished
        case failed(String)
    }

    /// Has the library do something with what has come and what is to go. Nil when it did.
    @inline(__always)
    private mutating func call(_ body: (OpaquePointer) -> Int32, _ result: inout Int32) -> Complaint? {
        guard let session else { return .wantsMore }
        // Its complaints are the thread's, and scripts have sessions of their own on this thread.
        ERR_clear_error()
        result = withUnsafeMutablePointer(to: &feed) { feed in
            BIO_set_data(SSL_get_rbio(session), feed)
            return body(session)
        }
        return result > 0 ? nil : complaint(about: session, result)
    }

    private func complaint(about session: OpaquePointer, _ result: Int32) -> Complaint {
        if feed.isFlooded { return .failed("the peer sends one handshake message or warning after the other") }
        if let code = feed.failure { return .failed(SystemCalls.text(of: code)) }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wantsMore
        case SSL_ERROR_ZERO_RETURN: return .finished
        default:
            let isUnverified = ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED
            let reason = TLSError.takeReason()
            guard isUnverified, let why = X509_verify_cert_error_string(SSL_get_verify_result(session)) else {
                return .failed(reason)
            }
            return .failed("\(reason): \(String(cString: why))")
        }
    }

    // MARK: Handshake

    mutating func handshake(
        _ context: TLSContext,
        through scratch: UnsafeMutableRawBufferPointer
    ) -> TLSStream.HandshakeOutcome {
        guard flush() || feed.failure != nil else { return .wantsWrite }
        // A client speaks first.
        if !context.isServer, phase == .handshaking { performHandshake(UnsafeRawBufferPointer(start: nil, count: 0)) }
        while phase == .handshaking {
            switch SystemCalls.read(descriptor, scratch) {
            case .read(let count): beginServer(context, UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            case .nothing: return isBlocked ? .wantsWrite : .wantsRead
            case .endOfStream: phase = .failed("the peer closed the connection during the handshake")
            case .failed(let code): phase = .failed(SystemCalls.text(of: code))
            }
        }
        return failure.map { .failed($0) } ?? .done
    }

    /// Sets up a server's session when its client has said hello.
    private mutating func beginServer(_ context: TLSContext, _ bytes: UnsafeRawBufferPointer) {
        if session != nil { return performHandshake(bytes) }
        kept += bytes
        switch kept.withUnsafeBytes({ ClientHello.inspect($0) }) {
        case .incomplete: return
        case .refused(let reason): phase = .failed(reason)
        case .complete:
            do throws(TLSError) { session = try Self.makeSession(context) } catch { phase = .failed(error.text) }
            SSL_set_accept_state(session)
            let hello = kept
            kept = []
            hello.withUnsafeBytes { performHandshake($0) }
        }
    }

    private mutating func performHandshake(_ bytes: UnsafeRawBufferPointer) {
        feed.input = bytes
        var result: Int32 = 0
        switch call({ SSL_do_handshake($0) }, &result) {
        case .wantsMore: break
        case .finished: phase = .failed("the peer ended the handshake")
        case .failed(let reason): phase = .failed(reason)
        case nil:
            phase = .open
            feed.isEstablished = true
        }
        keepRest()
    }

    /// What was not taken, for the next call.
    private mutating func keepRest() {
        if !feed.input.isEmpty, phase == .open { kept = Array(feed.input) }
        feed.input = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    // MARK: Reading

    mutating func read(
        _ target: UnsafeMutableRawBufferPointer,
        through scratch: UnsafeMutableRawBufferPointer
    ) -> TLSStream.ReadOutcome {
        if let end { return end }
        if isMoreInside || !kept.isEmpty {
            let held = kept
            kept = []
            let count = held.withUnsafeBytes { open($0, into: target) }
            if count > 0 { return .read(count, mayHaveMore: true) }
        }
        while phase == .open {
            switch SystemCalls.read(descriptor, scratch) {
            case .read(let size):
                let count = open(UnsafeRawBufferPointer(rebasing: scratch[..<size]), into: target)
                guard count > 0 else { continue }
                let isAll = size < scratch.count && !isMoreInside && kept.isEmpty && phase == .open
                return .read(count, mayHaveMore: !isAll)
            case .nothing: return .nothing
            case .endOfStream: phase = .truncated
            case .failed(let code): phase = .failed(SystemCalls.text(of: code))
            }
        }
        return end ?? .nothing
    }

    /// What a read comes to when there will be nothing more.
    private var end: TLSStream.ReadOutcome? {
        switch phase {
        case .open: nil
        case .handshaking: .failed("the handshake is not finished")
        case .finished: .endOfStream
        case .truncated: .truncated
        case .failed(let reason): .failed(reason)
        }
    }

    /// Opens what has come as far as there is room; answers the bytes of text.
    private mutating func open(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
        feed.input = bytes
        var count = 0
        repeat {
            var result: Int32 = 0
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[count...])
            switch call({ SSL_read($0, rest.baseAddress, Int32(clamping: rest.count)) }, &result) {
            case nil: count += Int(result)
            case .wantsMore: break
            case .finished: phase = .finished
            case .failed(let reason): phase = .failed(reason)
            }
            if result <= 0 { break }
        } while !feed.input.isEmpty && count < target.count
        isMoreInside = count == target.count && SSL_pending(session) > 0
        if count > 0 { feed.controlMessages = 0 }
        keepRest()
        return count
    }

    // MARK: Writing

    mutating func write(_ bytes: UnsafeRawBufferPointer) -> SystemCalls.WriteOutcome {
        guard flush() else { return feed.failure.map { .failed($0) } ?? .wrote(0) }
        if isNotified { return .failed(EPIPE) }
        var done = 0
        while done < bytes.count, !isBlocked {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[done...].prefix(Self.record))
            var result: Int32 = 0
            if let complaint = call({ SSL_write($0, piece.baseAddress, Int32(piece.count)) }, &result) {
                return refuse(complaint)
            }
            done += Int(result)
        }
        return .wrote(done)
    }

    private mutating func refuse(_ complaint: Complaint) -> SystemCalls.WriteOutcome {
        if let code = feed.failure { return .failed(code) }
        if case .failed(let reason) = complaint, phase == .open { phase = .failed(reason) }
        return .failed(EPROTO)
    }

    mutating func flush() -> Bool { feed.flush() }

    mutating func closeNotify() -> Bool {
        if !isNotified, phase == .open || phase == .finished || phase == .truncated {
            isNotified = true
            var result: Int32 = 0
            // 0 says that the peer has not said so yet.
            _ = call({ SSL_shutdown($0) }, &result)
        }
        return flush()
    }

    // MARK: Facts

    var isResumed: Bool { session.map { SSL_session_reused($0) == 1 } ?? false }

    var facts: ConnectionFacts.TLS? {
        guard let session, phase != .handshaking else { return nil }
        return ConnectionFacts.TLS(of: session)
    }
}
