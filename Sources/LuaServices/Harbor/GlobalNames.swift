// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import ServiceKernel
internal import Synchronization

/// Global names: any string that is neither numeric nor begins with `.` or `:`.
///
/// A message to a name that nobody has registered is kept until somebody does. With one
/// node, names are bound by the service `.cslave` through the native service `harbor`.
final class GlobalNames: Sendable {
    private struct State: ~Copyable {
        var handles: [String: ServiceHandle] = [:]
        var waiting: [String: Queue] = [:]
        /// Who is asked about unknown names.
        var directory: ServiceHandle?
    }

    /// Copies of a dictionary value would share this queue, hence a class.
    private final class Queue: @unchecked Sendable {
        // Unchecked: touched under the lock of the state only.
        var messages = UniqueDeque<Message>()
    }

    private unowned let kernel: Kernel
    private let state = Mutex(State())

    /// Names have at most so many bytes; what is longer is cut.
    static let longest = 16

    init(kernel: Kernel) { self.kernel = kernel }

    func setDirectory(_ handle: ServiceHandle) { state.withLock { $0.directory = handle } }

    /// Delivers now or when the name is bound; an address not of this node is refused as a dead one.
    func send(_ message: consuming Message, to name: String, from worker: Worker?) {
        let name = Self.cut(name)
        var slot: Message? = message
        var question: ServiceHandle?
        let handle = state.withLock { state -> ServiceHandle? in
            if let handle = state.handles[name] { return handle }
            if state.waiting[name] == nil {
                state.waiting[name] = Queue()
                question = state.directory
            }
            if let message = slot.take() { state.waiting[name]?.messages.append(message) }
            return nil
        }
        if let handle, let message = slot.take() { kernel.send(message, to: handle, from: worker) }
        if let question { ask(question, about: name, from: worker) }
    }

    /// Binds a name and delivers what waited for it, in order.
    func bind(_ name: String, to handle: ServiceHandle, from worker: Worker?) {
        let name = Self.cut(name)
        state.withLock { state in
            state.handles[name] = handle
            let queue = state.waiting.removeValue(forKey: name)
            // Under the lock: what is sent to the name from now on must not overtake what waited.
            while let message = queue?.messages.popFirst() { kernel.send(message, to: handle, from: worker) }
        }
    }

    private static func cut(_ name: String) -> String {
        name.utf8.count <= longest ? name : String(decoding: name.utf8.prefix(longest), as: UTF8.self)
    }

    private func ask(_ directory: ServiceHandle, about name: String, from worker: Worker?) {
        kernel.send(
            Message(type: .harbor, source: .none, session: 0, payload: MessagePayload(text: "Q \(name)")),
            to: directory,
            from: worker
        )
    }
}
