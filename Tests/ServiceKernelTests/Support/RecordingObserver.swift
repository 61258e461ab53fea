// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel

/// Writes down what a kernel has to say.
final class RecordingObserver: KernelObserver {
    enum Event: Equatable, Sendable {
        case overloaded(ServiceHandle, Int)
        case endless(ServiceHandle, ServiceHandle, Int)
        case dropped(Received)
        case hasRoom(ServiceHandle)
        case emptied
    }

    let events = Journal<Event>()

    /// The sessions of the messages that were dropped.
    var dropped: [Int32] {
        events.entries.compactMap { if case .dropped(let message) = $0 { message.session } else { nil } }
    }

    func mailboxOverloaded(_ handle: ServiceHandle, waiting: Int) { events.note(.overloaded(handle, waiting)) }

    func mailboxHasRoom(_ handle: ServiceHandle) { events.note(.hasRoom(handle)) }

    func messageEndless(from source: ServiceHandle, to handle: ServiceHandle, version: Int) {
        events.note(.endless(source, handle, version))
    }

    func messageDropped(_ message: consuming Message) { events.note(.dropped(Received(message))) }

    func kernelEmptied() { events.note(.emptied) }
}
