// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import ServiceKernel
internal import Synchronization

/// The service that hears of every exit (command `MONITOR`).
public final class ExitMonitor: Sendable {
    private let monitor = Mutex<ServiceHandle?>(nil)

    public init() {}

    public var handle: ServiceHandle? {
        get { monitor.withLock { $0 } }
        set { monitor.withLock { $0 = newValue } }
    }
}

extension LuaHost {
    /// Ends a service, after the exit monitor was told.
    public func retire(_ handle: ServiceHandle, from worker: Worker?) {
        if let monitor = exitMonitor.handle {
            kernel.send(Message(type: .client, source: handle, session: 0), to: monitor, from: worker)
        }
        kernel.retire(handle, from: worker)
        _ = messageLogs.stop(handle)
    }

    /// Ends every service. Last come `harbor`, so that other nodes hear of the end of the others, and the log service,
    /// which writes what all of them had to say.
    public func retireAll(from worker: Worker? = nil) {
        kernel.retireAll(last: [harbor.service, kernel.handle(named: "logger") ?? .none], from: worker)
    }
}
