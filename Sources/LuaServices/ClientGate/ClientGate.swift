// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import ServiceKernel
internal import SocketDriver
internal import Synchronization

/// The native service `gate`: clients with length-prefixed packets, steered by a watchdog's text commands.
///
/// Accepts TEXT (``GateCommand``), CLIENT (bytes for a client, behind them its number in four little-endian bytes) and
/// SOCKET. Most applications use the Lua service `gate` instead; this one serves scripts that launch `gate` by name.
final class ClientGate: Service {
    private final class Client {
        var cutter: PacketCutter
        /// Nobody (0) until `forward`.
        var agent = ServiceHandle.none
        var source = ServiceHandle.none

        init(_ rules: PacketRules) { cutter = PacketCutter(rules) }
    }

    private struct State {
        var listener: SocketID?
        var clients: [SocketID: Client] = [:]
        var broker = ServiceHandle.none
    }

    private let node: LuaHost
    private let handle: ServiceHandle
    private let parameters: GateParameters
    private let watchdog: ServiceHandle
    private let state: Mutex<State>

    private static let backlog = 128
    private static let numberSize = 4

    init(_ service: ServiceParameters) throws {
        node = service.node
        handle = service.handle
        parameters = try GateParameters(parsing: service.arguments)
        watchdog = try parameters.watchdog.map { try Self.findWatchdog($0, in: service.node) } ?? .none
        let listener = try Self.listen(service, parameters.address)
        state = Mutex(State(listener: listener))
        service.node.sockets.start(listener, owner: service.handle.rawValue)
    }

    private static func listen(_ service: ServiceParameters, _ endpoint: Endpoint) throws(ListenRefusal) -> SocketID {
        do throws(SocketError) {
            return try service.node.sockets.listen(endpoint, backlog: backlog, owner: service.handle.rawValue)
        } catch {
            throw ListenRefusal(endpoint, error)
        }
    }

    private static func findWatchdog(_ name: String, in node: LuaHost) throws -> ServiceHandle {
        guard let found = find(name, in: node), found != .none else {
            throw GateParameters.Invalid(description: "Invalid watchdog \(name)")
        }
        return found
    }

    private static func find(_ name: String, in node: LuaHost) -> ServiceHandle? {
        name.hasPrefix(".") ? node.kernel.handle(named: String(name.dropFirst())) : AddressText.parseHex(name)
    }

    func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        let source = message.source
        switch message.type {
        case .text: obey(String(decoding: message.payload.bytes, as: UTF8.self), on: worker)
        case .client: send(message.payload.bytes, from: source, on: worker)
        case .socket:
            if let event = SocketMessage(message) { handle(event, on: worker) }
            SocketMessage.reclaim(message)
        default: break
        }
        return .finished
    }

    /// Nobody could close the sockets of a gate that is gone.
    func retire() {
        let (listener, clients) = state.withLock { ($0.listener, Array($0.clients.keys)) }
        if let listener { node.sockets.close(listener) }
        for id in clients { node.sockets.close(id) }
    }

    // MARK: Commands

    private func obey(_ text: String, on worker: Worker) {
        switch GateCommand(parsing: text) {
        case .kick(let id) where isKnown(id): node.sockets.close(id)
        case .start(let id) where isKnown(id): node.sockets.start(id, owner: handle.rawValue)
        case .kick, .start: break
        case .forward(let id, let agent, let client):
            state.withLock { state in
                let known = state.clients[id]
                known?.agent = agent
                known?.source = client
            }
        case .broker(let name):
            let broker = Self.find(name, in: node) ?? node.kernel.handle(named: name) ?? .none
            state.withLock { $0.broker = broker }
        case .close:
            if let listener = state.withLock({ $0.listener.take() }) { node.sockets.close(listener) }
        case .unknown: log("[gate] Unknown command : \(text)", on: worker)
        }
    }

    private func isKnown(_ id: SocketID) -> Bool { state.withLock { $0.clients[id] != nil } }

    private func send(_ bytes: UnsafeRawBufferPointer, from source: ServiceHandle, on worker: Worker) {
        let sender = String(source.rawValue, radix: 16)
        guard bytes.count > Self.numberSize else {
            log("Invalid client message from \(sender)", on: worker)
            return
        }
        let length = bytes.count - Self.numberSize
        let id = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: length, as: Int32.self))
        if isKnown(id) {
            node.sockets.send(id, UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        } else {
            log("Invalid client id \(id) from \(sender)", on: worker)
        }
    }

    // MARK: Clients

    private func handle(_ event: SocketMessage, on worker: Worker) {
        switch event.kind {
        case .accept: admit(event.detail, String(decoding: event.text, as: UTF8.self), on: worker)
        case .data: take(event.bytes, isPacket: event.isPacket, from: event.id, on: worker)
        case .error where event.id == state.withLock({ $0.listener }):
            log("[gate] accept error: \(String(decoding: event.text, as: UTF8.self))", on: worker)
        case .close, .error: disconnect(event.id, on: worker)
        default: break
        }
    }

    private func admit(_ id: SocketID, _ address: String, on worker: Worker) {
        let isAdmitted = state.withLock { state in
            if state.clients.count >= parameters.limit { return false }
            state.clients[id] = Client(parameters.rules)
            return true
        }
        if isAdmitted {
            report("\(id) open \(id) \(address):0", on: worker)
        } else {
            node.sockets.close(id)
        }
    }

    /// The peer may have closed its half only, or failed; either way the client is over.
    private func disconnect(_ id: SocketID, on worker: Worker) {
        guard state.withLock({ $0.clients.removeValue(forKey: id) }) != nil else { return }
        node.sockets.close(id)
        report("\(id) close", on: worker)
    }

    private func take(
        _ bytes: UnsafeRawBufferPointer,
        isPacket: Bool,
        from id: SocketID,
        on worker: Worker
    ) {
        if isPacket {
            if !bytes.isEmpty { pass(MemoryBlock(copying: bytes), from: id, on: worker) }
            return
        }
        var rest = bytes
        do throws(PacketError) {
            while let packet = try next(&rest, from: id) {
                if packet.count > 0 { pass(packet, from: id, on: worker) }
            }
        } catch {
            log("Recv socket message > 16M", on: worker)
            disconnect(id, on: worker)
        }
    }

    /// Nil also when the client has gone meanwhile.
    private func next(
        _ bytes: inout UnsafeRawBufferPointer,
        from id: SocketID
    ) throws(PacketError) -> MemoryBlock? {
        try state.withLock { state throws(PacketError) in
            guard let client = state.clients[id] else { return nil }
            return try client.cutter.next(in: &bytes)
        }
    }

    // MARK: Messages

    /// To the broker if there is one, else to the client's agent, else to the watchdog.
    private func pass(_ packet: consuming MemoryBlock, from id: SocketID, on worker: Worker) {
        let (broker, agent, client) = state.withLock { state in
            (state.broker, state.clients[id]?.agent, state.clients[id]?.source)
        }
        guard let agent, let client else { return }
        let type = MessageType(rawValue: parameters.clientType)
        if broker != .none {
            post(Message(type: type, source: handle, session: id, payload: packet), to: broker, on: worker)
        } else if agent != .none {
            let source = client == .none ? handle : client
            post(Message(type: type, source: source, session: id, payload: packet), to: agent, on: worker)
        } else if watchdog != .none {
            let text = Array("\(id) data ".utf8) + packet.bytes
            text.withUnsafeBytes { text in
                let body = MemoryBlock(copying: text)
                post(Message(type: .text, source: handle, session: id, payload: body), to: watchdog, on: worker)
            }
        }
    }

    private func report(_ text: String, on worker: Worker) {
        guard watchdog != .none else { return }
        let message = Message(type: .text, source: handle, session: 0, payload: MemoryBlock(text: text))
        post(message, to: watchdog, on: worker)
    }

    private func post(_ message: consuming Message, to target: ServiceHandle, on worker: Worker) {
        _ = node.kernel.send(message, to: target, from: worker)
    }

    private func log(_ text: String, on worker: Worker) { node.log(text, as: handle, from: worker) }
}
