// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The request that makes a connection a WebSocket, and the answer to it.
struct WebSocketOpening {
    // The example of RFC 6455. Whoever knows the answer to it has read it; a secret it never was.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    private static let longestAnswer = 16_384

    private let request: [UInt8]

    init(_ target: LoadTarget, port: UInt16) {
        let head = [
            "GET \(target.path) HTTP/1.1", "Host: \(target.host):\(port)", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: \(Self.key)", "Sec-WebSocket-Version: 13", "", "",
        ]
        request = Array(head.joined(separator: "\r\n").utf8)
    }

    /// Asks on a blocking link, and returns when the server has agreed.
    func perform(on link: Link) throws(LoadError) {
        guard case .bytes(request.count) = link.write(request, from: 0, count: request.count) else {
            throw LoadError(.closed, "the server took no request for a WebSocket")
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !Self.isWhole(answer) {
            switch link.read(into: &buffer) {
            case .bytes(let count): answer += buffer[..<count]
            case .wouldBlock: throw LoadError(.silent, "no answer to the request for a WebSocket in time")
            case .ended: throw LoadError(.closed, "the server ended the connection: \(Self.firstLine(answer))")
            case .failed(let cause): throw SystemCalls.failure("read", cause)
            }
            guard answer.count <= Self.longestAnswer else {
                throw LoadError(.badReply, "an endless answer to the request for a WebSocket")
            }
        }
        try check(answer)
    }

    private func check(_ answer: [UInt8]) throws(LoadError) {
        let lines = String(decoding: answer, as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 101") else {
            throw LoadError(.badReply, "no WebSocket: \(Self.firstLine(answer))")
        }
        let accepted = lines.contains {
            let parts = $0.split(separator: ":", maxSplits: 1).map { $0.filter { $0 != " " } }
            return parts.count == 2 && parts[0].lowercased() == "sec-websocket-accept" && parts[1] == Self.accept
        }
        guard accepted else { throw LoadError(.badReply, "no WebSocket: Sec-WebSocket-Accept is wrong or missing") }
    }

    /// Behind a refusal there may be more; behind an agreement the server waits for the first packet.
    private static func isWhole(_ answer: [UInt8]) -> Bool {
        answer.firstRange(of: [0x0d, 0x0a, 0x0d, 0x0a]) != nil
    }

    private static func firstLine(_ answer: [UInt8]) -> String {
        let line = answer.prefix { $0 != 0x0d }
        return line.isEmpty ? "no answer" : String(decoding: line, as: UTF8.self)
    }
}
