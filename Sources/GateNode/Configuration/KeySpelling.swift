// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaServices

/// Finds keys that are probably misspelt. Every key is legal, since scripts may read any; so these are but warnings.
struct KeySpelling {
    /// What skynet, or a script of swiftgate's own, reads.
    static let known: Set<String> = [
        "address", "blocked_threads", "bootstrap", "certfile", "checkbuffers", "cluster", "cpath", "daemon",
        "debug_console_password", "enablessl", "harbor", "keyfile", "logger", "logpath", "logservice", "lua_cpath",
        "lua_path", "lualoader", "luaservice", "master", "preload", "profile", "shutdown_grace", "snax",
        "snax_interface_g", "snax_loader", "standalone", "start", "thread", "tls_certificate", "tls_key",
        "websocket_limit", "websocket_masking", "websocket_text",
    ]

    /// Which of swiftgate's tables may be meant by another; empty when it resembles none.
    static func hint(forTable key: String) -> String {
        NearName.nearest(to: key, among: TransportTables.names).map { "; did you mean \($0)?" } ?? ""
    }

    /// The keys that the configuration file assigns, without what the command line adds.
    let keysOfFile: Set<String>

    /// One sentence for each doubtful key, with its place.
    func warnings(about settings: ConfigurationSettings) -> [String] {
        settings.entries.sorted { $0.key < $1.key }.compactMap { key, setting in
            guard !Self.known.contains(key), let complaint = complaint(about: key, in: settings) else { return nil }
            return [setting.place?.description, key, complaint].compactMap { $0 }.joined(separator: ": ")
        }
    }

    private func complaint(about key: String, in settings: ConfigurationSettings) -> String? {
        guard keysOfFile.contains(key) else {
            let hint = neighbour(of: key, in: Self.known.union(keysOfFile)).map { "; did you mean \($0)?" } ?? ""
            return "the configuration file does not have this key, and swiftgate does not read it\(hint)"
        }
        // Whoever gave the known key as well has a key of this name for himself.
        let missing = Self.known.filter { settings.entries[$0] == nil }
        return neighbour(of: key, in: missing).map { "swiftgate does not read this key; did you mean \($0)?" }
    }

    private func neighbour(of key: String, in candidates: Set<String>) -> String? {
        NearName.nearest(to: key, among: candidates.sorted())
    }
}
