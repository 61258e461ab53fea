// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

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
    public let catalog: ServiceCatalog
    let names: GlobalNames
    let messageLogs: MessageLogs
    public let exitMonitor = ExitMonitor()

    public init(
        kernel: Kernel,
        sockets: SocketDriver,
        environment: NodeEnvironment,
        catalog: ServiceCatalog,
        modules: [LuaModuleSource] = NativeModules.all
    ) {
        self.kernel = kernel
        self.sockets = sockets
        self.environment = environment
        self.catalog = catalog
        self.modules = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0) })
        names = GlobalNames(kernel: kernel)
        messageLogs = MessageLogs(kernel: kernel, directory: environment["logpath"])
    }

    /// Whether scripts are timed (configuration key `profile`).
    public var isProfiling: Bool { environment["profile"] == "true" }

    /// Why the node cannot go on, if the bootstrap service said so (it leaves the reason in the environment).
    public var failure: String? { environment["bootstrap_failure"] }

    /// Keeps why the service `start` did not load, for the bootstrap service to read (setting `start_failure`).
    func noteLoadFailure(of line: String, _ text: String) {
        guard line == environment["start"] ?? "main" else { return }
        _ = environment.define("start_failure", ModuleFallback.summary(of: text))
    }

    /// Sends a line to the logger, as `source`.
    public func log(_ text: String, as source: ServiceHandle, from worker: Worker? = nil) {
        var text = text
        text.withUTF8 { bytes in log(bytes: UnsafeRawBufferPointer(bytes), as: source, from: worker) }
    }

    /// As ``log(_:as:from:)``, for any bytes.
    public func log(bytes: UnsafeRawBufferPointer, as source: ServiceHandle, from worker: Worker?) {
        guard let logger = kernel.handle(named: "logger") else { return }
        kernel.send(
            Message(type: .text, source: source, session: 0, payload: MessagePayload(copying: bytes)),
            to: logger,
            from: worker
        )
    }

    /// Creates a service of a kind listed in the catalog, as `LAUNCH` does.
    ///
    /// - Returns: its address, or nil after the reason was logged.
    public func launch(
        _ kind: String,
        _ arguments: String,
        as creator: ServiceHandle,
        from worker: Worker? = nil
    ) -> ServiceHandle? {
        guard let factory = catalog[kind] else {
            catalog.complainMissing(kind)
            return nil
        }
        let handle: ServiceHandle?
        do {
            handle = try kernel.launch(on: worker) { handle in
                try factory(ServiceSeed(handle: handle, arguments: arguments, node: self, worker: worker))
            }
        } catch {
            log("\(error)", as: creator, from: worker)
            handle = nil
        }
        guard let handle else {
            log("error: launch \(kind) FAILED", as: creator, from: worker)
            return nil
        }
        log("LAUNCH \(kind) \(arguments)", as: handle, from: worker)
        return handle
    }
}
