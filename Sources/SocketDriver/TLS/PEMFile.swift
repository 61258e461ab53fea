// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import Glibc

/// A file of certificates or of a key in PEM form; what is wrong with it is said in one sentence that names it.
struct PEMFile: ~Copyable {
    private let role: String
    private let path: String
    private let contents: UnsafeMutableRawBufferPointer
    private let size: Int

    /// More than any chain or list of authorities needs.
    private static let largest = 4 << 20

    /// - Parameter role: what the file is for, as errors call it.
    init(_ role: String, _ path: String) throws(TLSError) {
        let contents = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.largest, alignment: 16)
        let size: Int
        do throws(TLSError) {
            size = try Self.load(path, into: contents)
        } catch {
            contents.deallocate()
            throw TLSError("\(role) \(path): \(error.text)")
        }
        self.role = role
        self.path = path
        self.contents = contents
        self.size = size
    }

    private static func load(_ path: String, into target: UnsafeMutableRawBufferPointer) throws(TLSError) -> Int {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw TLSError(SystemCalls.text(of: errno)) }
        defer { close(descriptor) }
        var size = 0
        while size < target.count {
            switch SystemCalls.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: target[size...])) {
            case .read(let count): size += count
            case .endOfStream: return size
            case .nothing: throw TLSError("is no file")
            case .failed(let code): throw TLSError(SystemCalls.text(of: code))
            }
        }
        throw TLSError("has more than \(largest >> 20) MiB")
    }

    deinit {
        // It may have been a key.
        OPENSSL_cleanse(contents.baseAddress, size)
        contents.deallocate()
    }

    /// An error about this file.
    func error(_ reason: String) -> TLSError { TLSError("\(role) \(path): \(reason)") }

    private func withStream<Result>(_ body: (OpaquePointer) -> Result) throws(TLSError) -> Result {
        ERR_clear_error()
        guard let stream = BIO_new_mem_buf(contents.baseAddress, Int32(size)) else { throw .last("BIO_new_mem_buf") }
        defer { BIO_free(stream) }
        return body(stream)
    }

    /// All certificates, at least one, in their order; the caller frees them.
    func certificates() throws(TLSError) -> [OpaquePointer] {
        let certificates = try withStream { stream in
            var found: [OpaquePointer] = []
            while let certificate = PEM_read_bio_X509(stream, nil, nil, nil) { found.append(certificate) }
            return found
        }
        // It always ends with a complaint: that nothing more begins, or about what has begun.
        let code = ERR_peek_last_error()
        let isEnd = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE
        let reason = TLSError.takeReason()
        if isEnd, !certificates.isEmpty { return certificates }
        for certificate in certificates { X509_free(certificate) }
        if isEnd { throw error("has no certificate in PEM form") }
        throw error("certificate \(certificates.count + 1) in it is damaged: \(reason)")
    }

    /// The key, which the caller frees.
    func key() throws(TLSError) -> OpaquePointer {
        var isEncrypted = false
        let key = try withUnsafeMutablePointer(to: &isEncrypted) { isEncrypted throws(TLSError) in
            try withStream { stream in
                // Without a function of ours the library would ask at the terminal.
                PEM_read_bio_PrivateKey(
                    stream,
                    nil,
                    { _, _, _, isEncrypted in
                        isEncrypted?.storeBytes(of: true, as: Bool.self)
                        return -1
                    },
                    isEncrypted
                )
            }
        }
        if let key { return key }
        _ = TLSError.takeReason()
        throw error(isEncrypted ? "the key is encrypted; give it without a pass phrase" : "has no key in PEM form")
    }
}
