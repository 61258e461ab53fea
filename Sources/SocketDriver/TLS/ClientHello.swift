// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Watches over the first bytes of a client, until its first message is complete.
///
/// Nothing is set up for a client before that: one who connects and says little costs what he said. And he cannot have
/// memory set aside by announcing a message that he never sends, which the library does for up to 128 KiB.
enum ClientHello {
    enum Finding: Equatable {
        /// More has to come.
        case incomplete
        case complete
        /// Not TLS, or nothing a client of ours would say.
        case refused(String)
    }

    /// The largest message taken. Browsers send 2 KB, and a session ticket adds as much as the client's certificates.
    static let largest = 16 << 10
    /// The most bytes that the message may be spread over.
    private static let largestSpread = 2 * largest

    private static let recordHeader = 5
    private static let messageHeader = 4

    static func inspect(_ bytes: UnsafeRawBufferPointer) -> Finding {
        var at = 0
        var message = 0
        var header: [UInt8] = []
        while at < bytes.count {
            if let refusal = refuse(bytes[at...]) { return .refused(refusal) }
            guard bytes.count - at >= recordHeader else { break }
            let length = Int(bytes[at + 3]) << 8 | Int(bytes[at + 4])
            if length == 0 { return .refused("an empty record in place of a ClientHello") }
            at += recordHeader
            let here = min(length, bytes.count - at)
            header += bytes[at..<at + min(here, messageHeader - header.count)]
            if let first = header.first, first != 1 { return .refused("message \(first) in place of a ClientHello") }
            message += here
            at += here
            guard header.count == messageHeader else { continue }
            let size = Int(header[1]) << 16 | Int(header[2]) << 8 | Int(header[3])
            if size > largest { return .refused("a ClientHello of \(size) bytes; \(largest) are allowed") }
            if message >= messageHeader + size { return .complete }
        }
        return bytes.count < largestSpread ? .incomplete : .refused("a ClientHello spread over too many records")
    }

    /// Looks at what is there of the beginning of a record.
    private static func refuse(_ start: Slice<UnsafeRawBufferPointer>) -> String? {
        let first = start[start.startIndex]
        if first != 22 {
            let isText = start.prefix(4).allSatisfy { (0x20..<0x7f).contains($0) }
            let text = isText ? ": \"\(String(decoding: start.prefix(8).prefix { $0 > 0x1f }, as: UTF8.self))\"" : ""
            return "not TLS\(text)"
        }
        if start.count > 1, start[start.startIndex + 1] != 3 { return "not TLS" }
        return nil
    }
}
