// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// What a node calls itself unless told otherwise: its host's name and its process number.
enum NodeName {
    static var current: String { "\(host)\(getpid())" }

    /// Blanks and control characters would not survive on a command line of services.
    private static var host: String {
        var buffer = [CChar](repeating: 0, count: 256)
        if gethostname(&buffer, 255) != 0 { return "unknown" }
        let blank = UInt8(ascii: " ")
        let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.map { $0 <= blank ? UInt8(ascii: "_") : $0 }
        return String(decoding: name, as: UTF8.self)
    }
}
