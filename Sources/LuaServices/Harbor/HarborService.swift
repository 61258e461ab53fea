// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import ServiceKernel
internal import SocketDriver
internal import Synchronization

/// The native service `harbor`: the end of the links to other nodes, steered by the service `.cslave`.
///
/// Arguments: `<number of this node> <address of .cslave, decimal>`. Accepts HARBOR (``HarborCommand``) and SOCKET; tells
/// `.cslave` by TEXT of names it does not know (`Q name`) and of links that are lost (`D id`). What leaves the node does
/// not pass through here, but through ``HarborGateway``.
final class HarborService: Service {
    private final class Peer {
        let id: UInt8
        var assembler: HarborAssembler
        /// Lost, and said to be so.
        var isLost = false

        init(id: UInt8, awaitsGreeting: Bool) {
            self.id = id
            assembler = HarborAssembler(awaitsGreeting: awaitsGreeting)
        }
    }

    private let node: LuaHost
    private let handle: ServiceHandle
    private let peers = Mutex<[SocketID: Peer]>([:])

    struct InvalidArguments: Error, CustomStringConvertible {
        let arguments: String
        let harbor: UInt8
        var description: String {
            "harbor: expected \"\(harbor) <address of .cslave>\", got \"\(arguments)\""
        }
    }

    init(_ parameters: ServiceParameters) throws {
        node = parameters.node
        handle = parameters.handle
        let words = parameters.arguments.split(separator: " ")
        guard words.count == 2, let id = UInt8(words[0]), id == node.kernel.harbor, let slave = UInt32(words[1]),
            slave != 0
        else { throw InvalidArguments(arguments: parameters.arguments, harbor: node.kernel.harbor) }
        node.harbor.attach(service: handle, slave: ServiceHandle(rawValue: slave))
    }

    func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        let (type, source, session) = (message.type, message.source, message.session)
        switch type {
        case .harbor: obey(String(decoding: message.payload.bytes, as: UTF8.self), from: source, on: worker)
        case .socket:
            if let event = SocketMessage(message) { handle(event, on: worker) }
            SocketMessage.reclaim(message)
        default:
            log("recv invalid message from \(hex(source)),  type = \(type.rawValue)", on: worker)
            if session != 0, type != .error {
                node.kernel.send(Message(type: .error, source: handle, session: session), to: source, from: worker)
            }
        }
        return .finished
    }

    /// Nobody could close the links of a harbor that is gone.
    func retire() {
        if node.harbor.service == handle { node.harbor.attach(service: .none, slave: nil) }
        for socket in peers.withLock({ Array($0.keys) }) { node.sockets.close(socket) }
    }

    // MARK: Commands

    private func obey(_ text: String, from source: ServiceHandle, on worker: Worker) {
        switch HarborCommand(parsing: text) {
        case .connected(let socket, let id): connect(socket, to: id, isGreeted: false, on: worker)
        case .accepted(let socket, let id): connect(socket, to: id, isGreeted: true, on: worker)
        case .named(let name): node.harbor.bind(name, to: source, from: worker)
        case .invalid(let line): log(line, on: worker)
        }
    }

    private func connect(_ socket: SocketID, to id: UInt8, isGreeted: Bool, on worker: Worker) {
        peers.withLock { $0[socket] = Peer(id: id, awaitsGreeting: !isGreeted) }
        node.sockets.start(socket, owner: handle.rawValue)
        if node.harbor.connect(socket, to: id, isGreeted: isGreeted) { return }
        _ = peers.withLock { $0.removeValue(forKey: socket) }
        log("Harbor \(id) alreay exist", on: worker)
        node.sockets.close(socket)
    }

    // MARK: Links

    private func handle(_ event: SocketMessage, on worker: Worker) {
        switch event.kind {
        case .data: take(event.bytes, from: event.id, on: worker)
        case .close, .error: lose(event.id, on: worker)
        case .warning:
            guard let id = peers.withLock({ $0[event.id]?.id }) else { return }
            log("message havn't send to Harbor (\(id)) reach \(event.detail) K", on: worker)
        default: break
        }
    }

    /// The link is lost, which `.cslave` hears once; the gateway goes on as if nothing had been.
    private func lose(_ socket: SocketID, on worker: Worker) {
        let (isKnown, lost) = peers.withLock { peers -> (Bool, UInt8?) in
            guard let peer = peers[socket] else { return (false, nil) }
            if peer.isLost { return (true, nil) }
            peer.isLost = true
            return (true, peer.id)
        }
        if !isKnown { log("Unknown fd (\(socket)) closed", on: worker) }
        guard let lost else { return }
        node.harbor.tellSlave("D \(lost)", from: worker)
        node.sockets.close(socket)
    }

    private func take(_ bytes: UnsafeRawBufferPointer, from socket: SocketID, on worker: Worker) {
        let id: UInt8? = peers.withLock { peers in peers[socket]?.isLost == false ? peers[socket]?.id : nil }
        guard let id else { return }
        var rest = bytes
        while let event = peers.withLock({ $0[socket]?.assembler.next(in: &rest) }), event != .incomplete {
            handle(event, from: id, over: socket, on: worker)
        }
    }

    private func handle(_ event: HarborAssembler.Event, from id: UInt8, over socket: SocketID, on worker: Worker) {
        switch event {
        case .incomplete: break
        case .greeting(id): node.harbor.open(id, over: socket)
        case .greeting(let other):
            let line = "Invalid shakehand id (\(other)) from fd = \(socket) , harbor = \(id)"
            fail(id, over: socket, line, on: worker)
        case .record(let record): deliver(record, on: worker)
        case .tooLong: fail(id, over: socket, "Message is too long from harbor \(id)", on: worker)
        case .tooShort: fail(id, over: socket, "Message is too short from harbor \(id)", on: worker)
        }
    }

    private func fail(_ id: UInt8, over socket: SocketID, _ line: String, on worker: Worker) {
        log(line, on: worker)
        _ = peers.withLock { $0.removeValue(forKey: socket) }
        node.harbor.fail(id)
        node.sockets.close(socket)
    }

    private func deliver(_ record: HarborRecord, on worker: Worker) {
        let target = ServiceHandle(rawValue: UInt32(node.kernel.harbor) << 24 | record.destination)
        let (type, source) = (record.type, record.source)
        let isTaken = record.body.withUnsafeBytes { body in
            HarborRecord.carries(type)
                && node.kernel.send(
                    Message(
                        type: type,
                        source: source,
                        session: record.session,
                        payload: MemoryBlock(copying: body)
                    ),
                    to: target,
                    from: worker
                )
        }
        if isTaken { return }
        log("Unknown destination :\(hex(target)) from :\(hex(source)) type(\(type.rawValue))", on: worker)
        // An error is not answered; nor is what nobody waits for an answer to.
        if type == .error || type == .response || type == .multicast { return }
        node.kernel.send(Message(type: .error, source: target, session: record.session), to: source, from: worker)
    }

    private func hex(_ handle: ServiceHandle) -> String { String(handle.rawValue, radix: 16) }

    private func log(_ text: String, on worker: Worker) { node.log(text, as: handle, from: worker) }
}
