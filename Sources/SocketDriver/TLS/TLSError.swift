// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL

/// What the TLS library complains about.
public struct TLSError: Error, Hashable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    public init(_ text: String) { self.text = text }

    /// `<what> : <the library's oldest complaint>` with its numbers; the others are forgotten.
    public static func last(_ what: String) -> TLSError {
        let code = ERR_get_error()
        ERR_clear_error()
        if code == 0 { return TLSError("\(what) failed") }
        var buffer = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &buffer, buffer.count)
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return TLSError("\(what) : \(String(decoding: text, as: UTF8.self))")
    }

    /// The oldest complaint in words; all are forgotten.
    static func takeReason() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        if code == 0 { return "the TLS library gives no reason" }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        return "error \(String(code, radix: 16))"
    }
}
