// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import ServiceKernel

/// Why a node ends.
public struct NodeStop: Equatable, Sendable {
    /// A few words for the log.
    public let reason: String
    /// What went wrong, in one sentence; nil for an end that was wanted.
    public let failure: String?

    public init(reason: String, failure: String? = nil) {
        self.reason = reason
        self.failure = failure
    }
}

extension LuaHost {
    /// Ends the node from within: every service but the log service at once.
    func stop(_ stop: NodeStop, from worker: Worker?) {
        guard let stopped else { return retireAll(from: worker) }
        stopped(stop)
        retireOthers(from: worker)
    }

    /// Ends every service but the log service, which still has something to write.
    public func retireOthers(from worker: Worker? = nil) {
        let logger = kernel.handle(named: "logger")
        for handle in kernel.handles where handle != logger { kernel.retire(handle, from: worker) }
    }

    /// A service did not come up. If the node cannot do without it, that is the end of the node.
    ///
    /// - Parameter text: an error, perhaps with a traceback.
    func startFailed(_ handle: ServiceHandle, _ text: String, from worker: Worker?) {
        guard let role = startupServices.role(of: handle) else { return }
        let loader = "lua loader error : "
        let text = text.hasPrefix(loader) ? text.dropFirst(loader.count) : text[...]
        let cause = text.firstRange(of: "\nstack traceback:").map { text[..<$0.lowerBound] } ?? text
        let message = ModuleFallback.summary(of: String(cause))
        let setting = startupServices.setting(of: role)
        stop(NodeStop(reason: "\(setting) failed", failure: "\(setting): \(message)"), from: worker)
    }
}
