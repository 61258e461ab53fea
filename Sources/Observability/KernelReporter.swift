// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import ServiceKernel

/// Turns what a kernel observes into log lines, in skynet's words.
public struct KernelReporter: KernelObserver {
    private let log: @Sendable (String, ServiceHandle) -> Void
    private let dropped: @Sendable (consuming Message) -> Void
    private let hasRoom: @Sendable (ServiceHandle) -> Void
    private let emptied: @Sendable () -> Void

    /// - Parameters:
    ///   - log: writes a line as a service.
    ///   - dropped: sees the last of every message without a reader.
    ///   - hasRoom: hears of mailboxes that were full and are no longer.
    ///   - emptied: hears that no service is left.
    public init(
        log: @escaping @Sendable (String, ServiceHandle) -> Void,
        dropped: @escaping @Sendable (consuming Message) -> Void,
        hasRoom: @escaping @Sendable (ServiceHandle) -> Void = { _ in },
        emptied: @escaping @Sendable () -> Void
    ) {
        self.log = log
        self.dropped = dropped
        self.hasRoom = hasRoom
        self.emptied = emptied
    }

    public func mailboxOverloaded(_ handle: ServiceHandle, waiting: Int) {
        log("error: May overload, message queue length = \(waiting)", handle)
    }

    public func mailboxHasRoom(_ handle: ServiceHandle) { hasRoom(handle) }

    public func messageEndless(from source: ServiceHandle, to handle: ServiceHandle, version: Int) {
        let route = "[ :\(hexadecimal(source)) ] to [ :\(hexadecimal(handle)) ]"
        log("error: A message from \(route) maybe in an endless loop (version = \(version))", .none)
    }

    public func messageDropped(_ message: consuming Message) { dropped(message) }

    public func kernelEmptied() { emptied() }

    private func hexadecimal(_ handle: ServiceHandle) -> String {
        let digits = String(handle.rawValue, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
