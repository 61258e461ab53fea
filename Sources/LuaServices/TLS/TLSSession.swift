// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import SocketDriver

/// One end of a TLS connection that moves no bytes itself: what the peer sent goes in, what it must get comes out.
final class TLSSession {
    private let context: TLSContext
    private let pointer: OpaquePointer
    /// Belong to the session: what came from the peer, and what is to go to it.
    private let input: OpaquePointer
    private let output: OpaquePointer

    init(isServer: Bool, _ context: TLSContext) throws(TLSError) {
        guard let pointer = SSL_new(context.pointer) else { throw .last("SSL_new") }
        guard let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else { throw .last("BIO_new") }
        SSL_set_bio(pointer, input, output)
        if isServer { SSL_set_accept_state(pointer) } else { SSL_set_connect_state(pointer) }
        self.context = context
        self.pointer = pointer
        self.input = input
        self.output = output
    }

    deinit { SSL_free(pointer) }

    /// Names the server the client means; addresses are no names.
    func setHostName(_ name: String) throws(TLSError) { try TLSServerName.send(name, on: pointer) }

    var isFinished: Bool { SSL_is_init_finished(pointer) == 1 }

    /// Goes on with the handshake; answers what to send to the peer.
    func handshake(_ received: UnsafeRawBufferPointer) throws(TLSError) -> [UInt8] {
        try take(received)
        if !isFinished {
            ERR_clear_error()
            try check(SSL_do_handshake(pointer), "SSL_do_handshake")
        }
        return drain(output)
    }

    /// What the peer said, as far as it is complete.
    func read(_ received: UnsafeRawBufferPointer) throws(TLSError) -> [UInt8] {
        try take(received)
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            ERR_clear_error()
            let count = SSL_read(pointer, &chunk, Int32(chunk.count))
            if count <= 0 {
                try check(count, "SSL_read")
                return text
            }
            text.append(contentsOf: chunk.prefix(Int(count)))
        }
    }

    /// What to send to the peer so that it reads `text`.
    func write(_ text: UnsafeRawBufferPointer) throws(TLSError) -> [UInt8] {
        var rest = text[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(Int32.max)))
            ERR_clear_error()
            let count = SSL_write(pointer, part.baseAddress, Int32(part.count))
            if count <= 0 {
                try check(count, "SSL_write")
                throw TLSError("SSL_write : the handshake is not finished")
            }
            rest = rest.dropFirst(Int(count))
        }
        return drain(output)
    }

    /// Wanting more bytes is no error, nor is the peer's `close_notify`.
    private func check(_ result: Int32, _ what: String) throws(TLSError) {
        if result > 0 { return }
        switch SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE, SSL_ERROR_ZERO_RETURN: return
        default: throw .last(what)
        }
    }

    private func take(_ received: UnsafeRawBufferPointer) throws(TLSError) {
        if received.isEmpty { return }
        let count = BIO_write(input, received.baseAddress, Int32(clamping: received.count))
        if Int(count) != received.count { throw .last("BIO_write") }
    }

    private func drain(_ buffer: OpaquePointer) -> [UInt8] {
        let count = BIO_ctrl_pending(buffer)
        if count == 0 { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = BIO_read(buffer, &bytes, Int32(clamping: count))
        return Array(bytes.prefix(Int(max(0, read))))
    }
}
