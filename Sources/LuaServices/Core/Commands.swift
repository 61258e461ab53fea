// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel

/// The runtime's text commands by their skynet names. Each answers its result, or nil for none.
enum Commands {
    typealias Command = @Sendable (LuaService, String?) throws(LuaError) -> String?

    static let all: [String: Command] = [
        "TIMEOUT": timeout, "REG": register, "QUERY": query, "NAME": name, "EXIT": exit, "KILL": kill,
        "LAUNCH": launch, "GETENV": getenv, "SETENV": setenv, "STARTTIME": starttime, "ABORT": abort,
        "MONITOR": monitor, "STAT": stat, "LOGON": logon, "LOGOFF": logoff, "SIGNAL": signal,
        "STARTFAILED": startFailed, "OPENFILES": openFiles,
    ]

    // MARK: Time

    private static let timeout: Command = { service, parameter throws(LuaError) in
        let session = service.nextSession()
        let ticks = Int(Int32(truncatingIfNeeded: NumberText.integerPrefix(parameter ?? "")))
        service.node.kernel.startTimer(ticks, session: session, for: service.handle, from: service.worker)
        return "\(session)"
    }

    private static let starttime: Command = { service, _ throws(LuaError) in
        "\(service.node.kernel.clock.startSeconds)"
    }

    // MARK: Names

    private static let register: Command = { service, parameter throws(LuaError) in
        guard let parameter, !parameter.isEmpty else { return AddressText.short(service.handle) }
        guard parameter.first == "." else {
            service.log("error: Can't register global name \(parameter) in C")
            return nil
        }
        let name = String(parameter.dropFirst())
        return service.node.kernel.bind(name, to: service.handle) ? name : nil
    }

    private static let query: Command = { service, parameter throws(LuaError) in
        guard let parameter, parameter.first == "." else { return nil }
        return service.node.kernel.handle(named: String(parameter.dropFirst())).map(AddressText.short)
    }

    private static let name: Command = { service, parameter throws(LuaError) in
        let words = (parameter ?? "").split(separator: " ", maxSplits: 1)
        guard words.count == 2, let handle = AddressText.parseHex(words[1]), handle != .none else { return nil }
        guard words[0].first == "." else {
            service.log("error: Can't set global name \(words[0]) in C")
            return nil
        }
        let name = String(words[0].dropFirst())
        return service.node.kernel.bind(name, to: handle) ? name : nil
    }

    // MARK: Launching and ending

    private static let launch: Command = { service, parameter throws(LuaError) in
        guard let line = parameter?.prefix(while: { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }) else { return nil }
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = String(parts[0].prefix { $0 != "\t" })
        let arguments = parts.count > 1 ? String(parts[1]) : ""
        let handle = service.node.launch(kind, arguments, as: service.handle, from: service.worker)
        return handle.map { AddressText.padded($0, uppercase: true) }
    }

    private static let exit: Command = { service, _ throws(LuaError) in
        service.log("KILL self")
        service.node.retire(service.handle, from: service.worker)
        return nil
    }

    private static let kill: Command = { service, parameter throws(LuaError) in
        guard let handle = address(parameter, for: service), handle != .none else { return nil }
        service.log("KILL :\(String(handle.rawValue, radix: 16))")
        service.node.retire(handle, from: service.worker)
        return nil
    }

    /// With a parameter: the node failed, and that is why.
    private static let abort: Command = { service, parameter throws(LuaError) in
        let reason = parameter == nil ? "skynet.abort() by \(AddressText.padded(service.handle))" : "it cannot go on"
        service.node.stop(NodeStop(reason: reason, failure: parameter), from: service.worker)
        return nil
    }

    /// The start function of this service raised the error that the parameter tells.
    private static let startFailed: Command = { service, parameter throws(LuaError) in
        service.node.startFailed(service.handle, parameter ?? "", from: service.worker)
        return nil
    }

    /// How many files the process may have open.
    private static let openFiles: Command = { _, _ throws(LuaError) in "\(OpenFiles.limit)" }

    private static let monitor: Command = { service, parameter throws(LuaError) in
        guard let parameter, !parameter.isEmpty else { return service.node.exitMonitor.handle.map(AddressText.short) }
        service.node.exitMonitor.handle = address(parameter, for: service)
        return nil
    }

    private static let signal: Command = { service, parameter throws(LuaError) in
        let words = (parameter ?? "").split(separator: " ")
        guard let first = words.first, let handle = address(String(first), for: service),
            let target = service.node.kernel.service(handle) as? LuaService
        else { return nil }
        let number = words.count > 1 ? NumberText.integer(String(words[1])) ?? 0 : 0
        target.signal(Int32(truncatingIfNeeded: number))
        service.node.kernel.interruptRunner(of: handle)
        return nil
    }

    // MARK: Environment and figures

    private static let getenv: Command = { service, parameter throws(LuaError) in
        service.node.environment[parameter ?? ""]
    }

    private static let setenv: Command = { service, parameter throws(LuaError) in
        // The key is everything up to the first space, even if the script meant a longer one.
        guard let parameter, let space = parameter.firstIndex(of: " ") else { return nil }
        let key = String(parameter[..<space])
        if !service.node.environment.define(key, String(parameter[parameter.index(after: space)...])) {
            throw .message("Can't setenv exist key : \(key)")
        }
        return nil
    }

    private static let stat: Command = { service, parameter throws(LuaError) in
        let kernel = service.node.kernel
        if parameter == "endless" { return kernel.takeEndless(service.handle) ? "1" : "0" }
        guard let figures = kernel.statistics(of: service.handle) else { return "" }
        let isProfiling = service.node.isProfiling
        switch parameter {
        case "mqlen": return "\(figures.waiting)"
        case "message": return "\(figures.messages)"
        case "cpu": return decimals(isProfiling ? Double(figures.spentNanoseconds) / 1e9 : 0, 6)
        case "time": return isProfiling ? decimals(Double(figures.turnNanoseconds) / 1e9, 6) : "0"
        default: return ""
        }
    }

    private static let logon: Command = { service, parameter throws(LuaError) in
        guard let handle = address(parameter, for: service) else { return nil }
        if let line = service.node.messageLogs.start(handle) { service.log(line) }
        return nil
    }

    private static let logoff: Command = { service, parameter throws(LuaError) in
        guard let handle = address(parameter, for: service) else { return nil }
        if let line = service.node.messageLogs.stop(handle) { service.log(line) }
        return nil
    }

    /// `:hex` or `.name`; what is neither is logged.
    private static func address(_ text: String?, for service: LuaService) -> ServiceHandle? {
        guard let text, let first = text.first else { return nil }
        switch first {
        case ":": return AddressText.parseHex(text)
        case ".": return service.node.kernel.handle(named: String(text.dropFirst()))
        default:
            service.log("error: Can't convert \(text) to handle")
            return nil
        }
    }
}
