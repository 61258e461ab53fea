// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
import LuaRuntime
internal import SocketDriver

extension NodeConfiguration {
    /// Reads a configuration file, then applies `key=value` overrides, then completes what was left out.
    ///
    /// - Parameter installation: where swiftgate's own scripts are.
    public init(
        contentsOf file: String,
        overrides: [String] = [],
        installation: Installation? = nil
    ) throws(ConfigurationError) {
        var settings = try ConfigurationFile().read(file)
        let keys = Set(settings.entries.keys)
        for assignment in overrides { try settings.override(assignment) }
        try self.init(settings: settings, installation: installation)
        self.file = file
        warnings = KeySpelling(keysOfFile: keys).warnings(about: settings)
    }

    /// Gives settings their meaning and their defaults.
    public init(settings: ConfigurationSettings, installation: Installation? = nil) throws(ConfigurationError) {
        var settings = settings
        let system: SystemLuaPaths
        do { system = try SystemLuaPaths() } catch { throw ConfigurationError(.invalidLua, error.text) }
        self.init(paths: try ScriptPaths(settings: settings, installation: installation, system: system))
        settings.complete(with: paths)
        threads = try settings.integer("thread", writingBack: threads, in: 1...1024)
        harbor = try settings.integer("harbor", writingBack: settings.namesOtherNodes ? 1 : harbor, in: 0...255)
        bootstrap = settings.value("bootstrap", writingBack: bootstrap)
        logger = settings["logger"]
        logService = settings.value("logservice", writingBack: logService)
        daemon = settings["daemon"]
        _ = settings.value("profile", writingBack: "true")
        checkBuffers = try settings.boolean("checkbuffers", default: checkBuffers)
        shutdownGrace = try settings.seconds("shutdown_grace", default: shutdownGrace)
        blockedThreads = try settings.count("blocked_threads", in: 1...1000)
        listeners = try TransportTables.listeners(settings, certificate: settings.certificate())
        connects = try TransportTables.connects(settings)
        try settings.checkNativeServicePath()
        self.settings = settings.entries.mapValues(\.value)
    }
}

extension ConfigurationSettings {
    /// Whether the node was told about others. One that was told nothing could not start as number 1 of a network; an
    /// `address` says nothing of others, and without a `master` no node finds a network.
    fileprivate var namesOtherNodes: Bool { ["standalone", "master"].contains { self[$0] != nil } }

    /// What listeners show that have no certificate of their own (`tls_certificate`, `tls_key`).
    fileprivate func certificate() throws(ConfigurationError) -> TLSOptions.Certificate? {
        switch (self["tls_certificate"], self["tls_key"]) {
        case (nil, nil): return nil
        case (nil, .some): throw error("tls_key", "a key needs its certificate, tls_certificate")
        case (.some, nil): throw error("tls_certificate", "a certificate needs its key, tls_key")
        case (let chain?, let key?):
            for (name, file) in [("tls_certificate", chain), ("tls_key", key)] where access(file, R_OK) != 0 {
                throw error(name, "\(file): \(String(cString: strerror(errno)))")
            }
            return TLSOptions.Certificate(chain: chain, key: key)
        }
    }

    /// Services are loaded by what these keys say, so they get the completed paths.
    fileprivate mutating func complete(with paths: ScriptPaths) {
        let keys = [
            ("lualoader", paths.loader), ("luaservice", paths.service), ("lua_path", paths.library),
            ("lua_cpath", paths.nativeLibrary),
        ]
        for (key, value) in keys { set(key, to: value, at: entries[key]?.place) }
    }

    /// The value's leading decimal integer, as skynet reads it; a value without one counts as 0.
    fileprivate mutating func integer(
        _ key: String,
        writingBack fallback: Int,
        in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        let text = value(key, writingBack: String(fallback))
        let digits = text.prefixMatch(of: /\s*([-+]?\d+)/)?.1
        let bounds = "[\(range.lowerBound),\(range.upperBound)]"
        guard let digits else { throw error(key, "Invalid \(key) \"\(text)\", should be a number in \(bounds)") }
        let number = Int(digits) ?? .max
        guard range.contains(number) else {
            throw error(key, "Invalid \(key) \(number) , should be in \(bounds), but the value is \"\(text)\"")
        }
        return number
    }

    /// The longest time that may be asked for, in seconds.
    private static var longest: Double { 86400 }

    fileprivate func seconds(_ key: String, default value: Duration) throws(ConfigurationError) -> Duration {
        guard let text = self[key] else { return value }
        guard let seconds = Double(text), (0...Self.longest).contains(seconds) else {
            throw error(key, "should be a number of seconds in [0,\(Int(Self.longest))], but the value is \"\(text)\"")
        }
        return .seconds(seconds)
    }

    fileprivate func count(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = self[key] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let bounds = "[\(range.lowerBound),\(range.upperBound)]"
            throw error(key, "should be a number in \(bounds), but the value is \"\(text)\"")
        }
        return number
    }

    fileprivate func boolean(_ key: String, default value: Bool) throws(ConfigurationError) -> Bool {
        switch self[key] {
        case nil: return value
        case "true": return true
        case "false": return false
        case .some(let text): throw error(key, "should be true or false, but the value is \"\(text)\"")
        }
    }

    /// C services cannot be loaded, but a configuration that names their path is held to skynet's rule for it.
    fileprivate mutating func checkNativeServicePath() throws(ConfigurationError) {
        let patterns = value("cpath", writingBack: "./cservice/?.so").split(separator: ";")
        if !patterns.allSatisfy({ $0.contains("?") }) { throw error("cpath", "Invalid C service path") }
    }
}
