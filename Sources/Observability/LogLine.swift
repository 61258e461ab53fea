// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import ServiceKernel

/// How lines of the log look: `[:SOURCE] text`, in a file behind the time.
struct LogLine {
    /// Whether `DD/MM/YY HH:MM:SS.CC ` comes first.
    let hasTime: Bool

    /// The text as it is, as the line of a service.
    func format(_ text: UnsafeRawBufferPointer, from source: ServiceHandle) -> [UInt8] {
        var line = hasTime ? Array(Self.timestamp().utf8) : []
        let address = String(source.rawValue, radix: 16)
        line += Array("[:\(String(repeating: "0", count: 8 - address.count))\(address)] ".utf8)
        line += text
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// What stands in the place of lines that are not there, as a line of the node.
    func notice(of lost: LostLines) -> [UInt8] {
        let what = lost.count == 1 ? "1 line of the log was" : "\(lost.count) lines of the log were"
        var text = "swiftgate: \(what) dropped here: \(lost.reason)"
        return text.withUTF8 { format(UnsafeRawBufferPointer($0), from: .none) }
    }

    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        localtime_r(&now.tv_sec, &parts)
        func two(_ value: some BinaryInteger) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let date = "\(two(parts.tm_mday))/\(two(parts.tm_mon + 1))/\(two(parts.tm_year % 100))"
        let time = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return "\(date) \(time).\(two(now.tv_nsec / 10_000_000)) "
    }
}
