// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// How long a thread was ready to run and others had the processors. What its kernel does not tell counts as nothing.
struct ProcessorWait: Sendable {
    private let path: String

    /// Of the calling thread.
    init() {
        var link = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/thread-self", &link, link.count)
        let name = link.prefix(max(count, 0)).map(UInt8.init(bitPattern:))
        path = "/proc/\(String(decoding: name, as: UTF8.self))/schedstat"
    }

    /// Since the thread began; any thread may ask.
    var nanoseconds: UInt64 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 96)
        let count = read(descriptor, &text, text.count)
        return Self.secondNumber(of: text.prefix(max(count, 0)))
    }

    /// The line is: nanoseconds on a processor, nanoseconds of waiting for one, number of turns.
    private static func secondNumber(of line: ArraySlice<UInt8>) -> UInt64 {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        return words.count < 2 ? 0 : UInt64(String(decoding: words[1], as: UTF8.self)) ?? 0
    }
}
