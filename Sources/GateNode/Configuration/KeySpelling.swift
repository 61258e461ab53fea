// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Finds keys that are probably misspelt. Every key is legal, since scripts may read any; so these are but warnings.
struct KeySpelling {
    /// What skynet, or a script of swiftgate's own, reads.
    static let known: Set<String> = [
        "address", "blocked_threads", "bootstrap", "certfile", "checkbuffers", "cluster", "cpath", "daemon",
        "debug_console_password", "enablessl", "harbor", "keyfile", "logger", "logpath", "logservice", "lua_cpath",
        "lua_path", "lualoader", "luaservice", "master", "preload", "profile", "shutdown_grace", "snax",
        "snax_interface_g", "snax_loader", "standalone", "start", "thread",
    ]

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
        let near = candidates.compactMap { candidate -> (distance: Int, key: String)? in
            let distance = EditDistance.between(key, candidate)
            return distance <= Self.tolerance(of: candidate) ? (distance, candidate) : nil
        }
        return near.min { ($0.distance, $0.key) < ($1.distance, $1.key) }?.key
    }

    /// Two letters of a word of four are half of it.
    private static func tolerance(of key: String) -> Int { key.utf8.count < 5 ? 1 : 2 }
}

/// How many letters must be added, removed, replaced or swapped with their neighbour to make one word of another.
enum EditDistance {
    static func between(_ one: String, _ other: String) -> Int {
        let (a, b) = (Array(one.utf8), Array(other.utf8))
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        // Rows of the table of distances between beginnings: the one before last, the last, and the one in hand.
        var earlier: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var best = min(replaced, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, earlier[j - 2] + 1) }
                row.append(best)
            }
            (earlier, last) = (last, row)
        }
        return last[b.count]
    }
}
