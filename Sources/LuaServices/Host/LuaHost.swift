// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
public import ServiceKernel
public import SocketDriver

/// What all Lua services of a node share.
///
/// One exists per node; services and native modules reach it through ``LuaService/node``.
public final class LuaHost: Sendable {
    public let kernel: Kernel
    public let sockets: SocketDriver
    public let environment: NodeEnvironment
    public let codeCache = CodeCache()
    public let modules: [String: LuaModuleSource]
    public let nativeServices: NativeServices
    let harbor: HarborGateway
    let messageLogs: MessageLogs
    public let exitMonitor = ExitMonitor()
    let startupServices: StartupServices
    /// Called when the node is to end; nil: everything ends at once.
    let stopped: (@Sendable (NodeStop) -> Void)?

    /// - Parameter stopped: called when the node is to end, after all services but the log service have been retired.
    public init(
        kernel: Kernel,
        sockets: SocketDriver,
        environment: NodeEnvironment,
        nativeServices: NativeServices,
        modules: [LuaModuleSource] = NativeModules.all,
        stopped: (@Sendable (NodeStop) -> Void)? = nil
    ) {
        self.kernel = kernel
        self.sockets = sockets
        self.environment = environment
        self.nativeServices = nativeServices
        self.modules = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0) })
        harbor = HarborGateway(kernel: kernel, sockets: sockets)
        kernel.connect(to: harbor)
        messageLogs = MessageLogs(kernel: kernel, directory: environment["logpath"])
        startupServices = StartupServices(environment)
        self.stopped = stopped
    }

    /// Whether scripts are timed (configuration key `profile`).
    public var isProfiling: Bool { environment["profile"] == "true" }

    /// Sends a line to the logger, as `source`.
    public func log(_ text: String, as source: ServiceHandle, from worker: Worker? = nil) {
        kernel.log(MemoryBlock(text: text), as: source, from: worker)
    }

    /// As ``log(_:as:from:)``, for any bytes.
    public func log(bytes: UnsafeRawBufferPointer, as source: ServiceHandle, from worker: Worker?) {
        kernel.log(MemoryBlock(copying: bytes), as: source, from: worker)
    }

    /// Creates a service of a kind among ``nativeServices``, as `LAUNCH` does.
    ///
    /// - Returns: its address, or nil after the reason was logged.
    public func launch(
        _ kind: String,
        _ arguments: String,
        as creator: ServiceHandle,
        from worker: Worker? = nil
    ) -> ServiceHandle? {
        let handle: ServiceHandle?
        do {
            handle = try create(kind, arguments, from: worker) { handle in
                // Now and not later: once it has been launched the service may run and say more.
                log("LAUNCH \(kind) \(arguments)", as: handle, from: worker)
            }
        } catch {
            log("\(error)", as: creator, from: worker)
            log("error: launch \(kind) FAILED", as: creator, from: worker)
            return nil
        }
        guard let handle else {
            if nativeServices[kind] != nil { log("error: launch \(kind) FAILED", as: creator, from: worker) }
            return nil
        }
        return handle
    }

    /// As ``launch(_:_:as:from:)`` without a word to the log: what goes wrong is thrown.
    ///
    /// - Returns: its address, or nil when there is no such kind, which has been said, or no address left.
    ///
    /// - Parameter made: called with the address when the service is made, before it can run.
    public func create(
        _ kind: String,
        _ arguments: String,
        from worker: Worker? = nil,
        made: (ServiceHandle) -> Void = { _ in }
    ) throws -> ServiceHandle? {
        guard let factory = nativeServices[kind] else {
            nativeServices.reportMissing(kind)
            return nil
        }
        return try kernel.launch(on: worker) { handle in
            startupServices.register(handle, kind, arguments)
            let service = try factory(
                ServiceParameters(handle: handle, arguments: arguments, node: self, worker: worker)
            )
            made(handle)
            return service
        }
    }
}

extension Kernel {
    /// Sends a line to the logger, if there is one.
    func log(_ line: consuming MemoryBlock, as source: ServiceHandle, from worker: Worker?) {
        guard let logger = handle(named: "logger") else { return }
        send(Message(type: .text, source: source, session: 0, payload: line), to: logger, from: worker)
    }
}
