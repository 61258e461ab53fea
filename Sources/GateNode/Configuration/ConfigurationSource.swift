// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
internal import NodeFiles

/// The files a configuration is made of: opens them for the Lua side and remembers why that failed.
final class ConfigurationSource {
    /// Enough for any sane configuration; a file that includes itself would otherwise be read until memory ends.
    private static let deepestInclude = 64

    private let substitution: EnvironmentSubstitution
    private var directories = [IncludeDirectory.initial]
    private var names: [String] = []
    /// What was compiled, by the name of its file.
    private var texts: [String: [UInt8]] = [:]
    private var failure: ConfigurationError?

    init(substitution: EnvironmentSubstitution) { self.substitution = substitution }

    /// The text of a file, ready to be compiled; nil after a failure, which ``explain(_:)`` knows.
    func open(_ name: String, includedAt place: ConfigurationPlace?) -> [UInt8]? {
        do {
            return try read(name, includedAt: place)
        } catch {
            failure = error
            return nil
        }
    }

    /// The file opened last has run; names are relative to its includer again.
    func close() { directories.removeLast() }

    /// What a Lua error really means: a failure of ours, or `file:line: text`.
    func explain(_ message: String) -> ConfigurationError {
        if let failure { return failure }
        guard let parts = message.firstMatch(of: /^([^\n]*?):(\d+): ((?s).*)$/) else {
            return ConfigurationError(.invalidLua, message, at: names.last.map { ConfigurationPlace(file: $0) })
        }
        let place = ConfigurationPlace(file: fullName(String(parts.1)), line: Int(parts.2))
        return ConfigurationError(.invalidLua, String(parts.3), at: place)
    }

    /// Where the parts of a table are that was assigned to a name.
    func places(of name: String, assignedAt place: ConfigurationPlace?) -> TablePlaces {
        guard let place, let text = texts[place.file] else { return TablePlaces(assignment: place) }
        return TablePlaces(of: name, in: text, assignedAt: place)
    }

    private func read(_ name: String, includedAt place: ConfigurationPlace?) throws(ConfigurationError) -> [UInt8] {
        let (file, directory) = directories[directories.count - 1].resolve(name)
        if directories.count > Self.deepestInclude {
            throw ConfigurationError(
                .unreadableFile,
                "\(file): includes go deeper than \(Self.deepestInclude)",
                at: place
            )
        }
        guard let text = SystemFile.contents(of: file) else {
            throw ConfigurationError(.unreadableFile, "\(file): \(String(cString: strerror(errno)))", at: place)
        }
        directories.append(directory)
        names.append(name)
        let source = try substitution.apply(to: text, of: name)
        texts[name] = source
        return source
    }

    /// Lua shortens long names to their tails behind three dots.
    private func fullName(_ shortened: String) -> String {
        guard shortened.hasPrefix("...") else { return shortened }
        return names.first { $0.hasSuffix(shortened.dropFirst(3)) } ?? shortened
    }
}
