// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import DequeModule
internal import ServiceKernel
internal import SocketDriver
internal import Synchronization

/// Where messages go that are not for an address of this node: to global names, and to other nodes.
///
/// A message to a name that nobody has is kept until somebody does, and one for a node that is not there until it is.
/// Names and links are told by the service `.cslave` through the native service `harbor`; messages do not pass through
/// that service's mailbox, but go out on the thread that sent them.
///
/// The lock is held while records are handed to a socket, so that what is sent now does not overtake what waited. Nothing
/// is sent to an address of another node under it: the kernel would come back here.
final class HarborGateway: RemoteGateway {
    private struct State: ~Copyable {
        var handles: [String: ServiceHandle] = [:]
        var waiting: [String: Queue] = [:]
        var links: [HarborLink]
        var service = ServiceHandle.none
        /// Who is asked about unknown names, and told of lost links.
        var slave: ServiceHandle?
    }

    /// Copies of a dictionary value would share this queue, hence a class.
    private final class Queue: @unchecked Sendable {
        // Unchecked: touched under the lock of the state only.
        var messages = UniqueDeque<Message>()
    }

    /// A message that cannot be delivered: what is said about it, and to whom.
    private struct Refusal {
        let text: String
        /// Session and destination, for the error that its sender gets.
        var answer: (session: Int32, source: ServiceHandle)?
    }

    private unowned let kernel: Kernel
    private let sockets: SocketDriver
    private let state: Mutex<State>

    /// Names have at most so many bytes; what is longer is cut.
    static let longestName = 16

    init(kernel: Kernel, sockets: SocketDriver) {
        self.kernel = kernel
        self.sockets = sockets
        // A node without a number has no network.
        let link = kernel.harbor == 0 ? HarborLink.down : HarborLink()
        state = Mutex(State(links: Array(repeating: link, count: 256)))
    }

    /// The native service `harbor`, or nobody.
    var service: ServiceHandle { state.withLock { $0.service } }

    /// The native service has begun, or ended, to look after the links.
    func attach(service: ServiceHandle, slave: ServiceHandle?) {
        state.withLock { state in
            state.service = service
            state.slave = slave
        }
    }

    /// Sends a text to the service `.cslave`.
    func tellSlave(_ text: String, from worker: Worker?) {
        let (service, slave) = state.withLock { ($0.service, $0.slave) }
        guard let slave else { return }
        let message = Message(type: .text, source: service, session: 0, payload: MemoryBlock(text: text))
        kernel.send(message, to: slave, from: worker)
    }

    // MARK: Names

    /// Delivers now or when the name is bound.
    func send(_ message: consuming Message, to name: String, from worker: Worker?) {
        let name = Self.cut(name)
        var slot: Message? = message
        let handle = state.withLock { state -> ServiceHandle? in
            if let handle = state.handles[name] { return handle }
            let queue = state.waiting[name] ?? Queue()
            state.waiting[name] = queue
            if let message = slot.take() { queue.messages.append(message) }
            return nil
        }
        if let handle {
            if let message = slot.take() { kernel.send(message, to: handle, from: worker) }
        } else {
            tellSlave("Q \(name)", from: worker)
        }
    }

    /// Binds a name and delivers what waited for it, in order.
    func bind(_ name: String, to handle: ServiceHandle, from worker: Worker?) {
        let name = Self.cut(name)
        let refused = state.withLock { state in
            state.handles[name] = handle
            guard let queue = state.waiting.removeValue(forKey: name) else { return 0 }
            var refused = 0
            // Under the lock: what is sent to the name from now on must not overtake what waited.
            while let message = queue.messages.popFirst() {
                if !kernel.isRemote(handle) {
                    kernel.send(message, to: handle, from: worker)
                } else if !deliver(message, to: handle, &state.links) {
                    refused += 1
                }
            }
            return refused
        }
        for _ in 0..<refused { log("Drop message to \(name) (in harbor \(handle.harbor))", from: worker) }
    }

    private static func cut(_ name: String) -> String {
        name.utf8.count <= longestName ? name : String(decoding: name.utf8.prefix(longestName), as: UTF8.self)
    }

    // MARK: Links

    func forward(_ message: consuming Message, to handle: ServiceHandle, from worker: Worker?) {
        let (type, source, session, size) = (message.type, message.source, message.session, message.payload.count)
        if !HarborRecord.carries(type) || size > HarborRecord.largestBody {
            kernel.drop(message)
            let reason = size > HarborRecord.largestBody ? "is too large (\(size) bytes)" : "has type \(type.rawValue)"
            log("error: The message to \(hex(handle)) \(reason) and can't leave the node", from: worker)
            // Session 0 would say that the other side is dead.
            if session != 0 { refuse(type, session, of: source, to: handle, from: worker) }
            return
        }
        var slot: Message? = message
        let isDelivered = state.withLock { state in
            guard let message = slot.take() else { return false }
            return deliver(message, to: handle, &state.links)
        }
        if isDelivered { return }
        log(
            "Drop message to harbor \(handle.harbor) from \(hex(source)) to \(hex(handle)) "
                + "(session = \(session), msgsz = \(size))",
            from: worker
        )
        refuse(type, session, of: source, to: handle, from: worker)
    }

    /// A new connection to a node, or from one. False when there is one already.
    func connect(_ socket: SocketID, to id: UInt8, isGreeted: Bool) -> Bool {
        state.withLock { state in
            guard let pending = state.links[Int(id)].connect(socket, isGreeted: isGreeted) else { return false }
            transmit([kernel.harbor] + pending, over: socket)
            return true
        }
    }

    /// The node at the other end has said who it is.
    func open(_ id: UInt8, over socket: SocketID) {
        state.withLock { state in transmit(state.links[Int(id)].open(), over: socket) }
    }

    /// Messages to the node are refused from now on.
    func fail(_ id: UInt8) { state.withLock { $0.links[Int(id)].fail() } }

    private func deliver(
        _ message: consuming Message,
        to handle: ServiceHandle,
        _ links: inout [HarborLink]
    ) -> Bool {
        links[Int(handle.harbor)].deliver {
            HarborRecord.encode(message, to: handle)
        } send: { socket, record in
            transmit(record, over: socket)
        }
    }

    private func transmit(_ bytes: [UInt8], over socket: SocketID) {
        if !bytes.isEmpty { bytes.withUnsafeBytes { _ = sockets.send(socket, $0) } }
    }

    /// Tells a sender that its message came to nothing, as if the destination had died. Answers get no answer.
    private func refuse(
        _ type: MessageType,
        _ session: Int32,
        of source: ServiceHandle,
        to handle: ServiceHandle,
        from worker: Worker?
    ) {
        if type == .error || type == .response || type == .multicast { return }
        kernel.send(Message(type: .error, source: handle, session: session), to: source, from: worker)
    }

    private func hex(_ handle: ServiceHandle) -> String { String(handle.rawValue, radix: 16) }

    private func log(_ text: String, from worker: Worker?) {
        kernel.log(MemoryBlock(text: text), as: service, from: worker)
    }
}
