// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// Small text files of `/proc`.
enum ProcFile {
    /// The file's text; empty when it cannot be read.
    static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 8_192)
        guard case .bytes(let count) = SystemCalls.read(descriptor, into: &buffer) else { return "" }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// The number in a line `name: number …`; 0 when there is no such line.
    static func value(of name: String, in text: String) -> UInt64 {
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            let words = line.dropFirst(name.count + 1).split { $0 == " " || $0 == "\t" }
            return words.first.flatMap { UInt64($0) } ?? 0
        }
        return 0
    }
}
