// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NodeFiles
internal import SocketDriver

/// Why a port cannot be listened at, in one line: the address, the system's reason, and who has the port.
struct ListenRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ endpoint: Endpoint, _ error: SocketError) {
        var text = "Listen error: \(endpoint): \(error.description)"
        if endpoint.scheme != .unix, error.description == String(cString: strerror(EADDRINUSE)),
            let holder = PortHolder.find(port: endpoint.port)
        {
            text += " (\(holder))"
        }
        description = text
    }
}

/// Who listens at a TCP port of this machine, as far as `/proc` shows it to us.
struct PortHolder: Equatable, CustomStringConvertible {
    let process: pid_t
    let program: String

    var description: String {
        process == getpid() ? "this node has it, pid \(process)" : "process \(process), \(program), has it"
    }

    /// Nil when nobody listens there, or when the process belongs to another user.
    static func find(port: Int) -> PortHolder? {
        let sockets = Set(
            ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { listeners(in: text(of: $0), port: port) }
        )
        if sockets.isEmpty { return nil }
        let links = Set(sockets.map { "socket:[\($0)]" })
        for process in SystemFile.names(in: "/proc").compactMap({ pid_t($0) }) {
            let folder = "/proc/\(process)/fd"
            let holds = SystemFile.names(in: folder).contains { name in
                SystemFile.destination(of: "\(folder)/\(name)").map(links.contains) ?? false
            }
            if holds {
                let name = text(of: "/proc/\(process)/comm").prefix { $0 != "\n" }
                return PortHolder(process: process, program: String(name))
            }
        }
        return nil
    }

    /// Empty for what cannot be read.
    private static func text(of path: String) -> String {
        String(decoding: SystemFile.contents(of: path) ?? [], as: UTF8.self)
    }

    /// The inodes of the sockets in a table of the system that listen at a port.
    static func listeners(in table: String, port: Int) -> [String] {
        table.split(separator: "\n").dropFirst().compactMap { row in
            // sl, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode
            let fields = row.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            else { return nil }
            return String(fields[9])
        }
    }
}
