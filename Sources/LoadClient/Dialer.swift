// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Connects clients the way the configuration asks for: to a port or a file, with TLS and an upgrade where they belong.
///
/// What comes before the packets is done with a blocking descriptor, one client after the other.
final class Dialer {
    private let configuration: LoadConfiguration
    private let tls: TLSClient?
    private var dialled = 0

    init(_ configuration: LoadConfiguration) throws(LoadError) {
        self.configuration = configuration
        let target = configuration.target
        let isEncrypted = target.transport.isEncrypted
        tls =
            isEncrypted
            ? try TLSClient(host: target.host, authority: configuration.authority, resumes: configuration.resumes) : nil
    }

    /// A client that is ready for packets.
    func dial(from source: UInt32? = nil) throws(LoadError) -> Link {
        let port = nextPort()
        let descriptor = try connect(port, from: source)
        var link = Link(descriptor: descriptor)
        do throws(LoadError) {
            if let tls { link = try tls.handshake(on: descriptor) }
            let target = configuration.target
            if target.transport.isWebSocket { try WebSocketOpening(target, port: port).perform(on: link) }
        } catch {
            link.close()
            throw error
        }
        SystemCalls.setNonBlocking(descriptor)
        return link
    }

    /// A client that begins a handshake and says nothing more.
    func stall(from source: UInt32? = nil) throws(LoadError) -> CInt {
        let descriptor = try connect(nextPort(), from: source)
        SystemCalls.setNonBlocking(descriptor)
        // The head of a record with the head of a hello in it, or the first line of a request.
        let hello: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]
        let bytes = tls == nil ? Array("GET \(configuration.target.path) HTTP/1.1\r\n".utf8) : hello
        _ = SystemCalls.write(descriptor, bytes, from: 0, count: bytes.count)
        return descriptor
    }

    /// To be told when the first packet of a link has come back.
    func served(_ link: Link) {
        tls?.keepSession(of: link)
    }

    /// On loopback every client comes from another address. A port that a client has closed stays taken for a minute,
    /// for the same pair of addresses, and among thousands of those the kernel's search for a free one costs more.
    func sourceAddress(of number: Int) -> UInt32? {
        guard configuration.target.host.hasPrefix("127.") else { return nil }
        return 0x7f01_0001 + UInt32(number % 65_000)
    }

    private func nextPort() -> UInt16 {
        guard !configuration.ports.isEmpty else { return 0 }
        defer { dialled += 1 }
        return configuration.ports[dialled % configuration.ports.count]
    }

    private func connect(_ port: UInt16, from source: UInt32?) throws(LoadError) -> CInt {
        let target = configuration.target
        guard target.transport != .unix else {
            return try SystemCalls.connect(file: target.path, timeout: configuration.timeout)
        }
        return try SystemCalls.connect(
            host: target.host == "localhost" ? "127.0.0.1" : target.host,
            port: port,
            from: source,
            timeout: configuration.timeout
        )
    }
}
