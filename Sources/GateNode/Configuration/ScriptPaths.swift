// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NodeFiles

/// The files and search patterns a service's script is found by.
///
/// What the user gave comes first; what swiftgate and the system's Lua bring is searched after it.
public struct ScriptPaths: Equatable, Sendable {
    /// The script that loads every service's script (`lualoader`).
    public var loader: String
    /// `;`-separated patterns for services (`luaservice`).
    public var service: String
    /// Becomes `package.path` (`lua_path`).
    public var library: String
    /// Becomes `package.cpath` (`lua_cpath`).
    public var nativeLibrary: String
    /// A file run in every service before its script (`preload`).
    public var preload: String?

    public init(
        loader: String = "./lualib/loader.lua",
        service: String = "./service/?.lua",
        library: String = "./lualib/?.lua;./lualib/?/init.lua",
        nativeLibrary: String = "./luaclib/?.so",
        preload: String? = nil
    ) {
        self.loader = loader
        self.service = service
        self.library = library
        self.nativeLibrary = nativeLibrary
        self.preload = preload
    }

    /// The paths of a configuration, completed by an installation and by the system's Lua.
    init(
        settings: ConfigurationSettings,
        installation: Installation?,
        system: SystemLuaPaths
    ) throws(ConfigurationError) {
        let defaults = ScriptPaths()
        loader = try Self.loader(settings, installation)
        service = joined(settings["luaservice"] ?? defaults.service, installation?.services)
        let library = settings["lua_path"] ?? defaults.library
        // The old names could shadow a user's own modules, so they are for those who ask for them as in skynet.
        let oldNames = library.contains("compat10") ? installation?.oldNames : nil
        self.library = joined(library, installation?.library, oldNames, system.library)
        nativeLibrary = joined(settings["lua_cpath"] ?? defaults.nativeLibrary, system.nativeLibrary)
        preload = settings["preload"]
    }

    /// The user's loader where there is one; a configuration that comes from skynet names the one it left behind there.
    private static func loader(
        _ settings: ConfigurationSettings,
        _ installation: Installation?
    ) throws(ConfigurationError) -> String {
        let wanted = settings["lualoader"] ?? ScriptPaths().loader
        if SystemFile.exists(wanted) { return wanted }
        if let installation { return installation.loader }
        throw ConfigurationError(
            .noInstallation,
            "\(wanted) does not exist, and swiftgate's own lualib was not found: set SWIFTGATE_HOME",
            at: settings.entries["lualoader"]?.place,
            key: "lualoader"
        )
    }
}

/// Joins pattern lists, leaving out empty and repeated patterns.
private func joined(_ lists: String?...) -> String {
    var patterns: [Substring] = []
    for pattern in lists.compactMap({ $0 }).flatMap({ $0.split(separator: ";") }) where !patterns.contains(pattern) {
        patterns.append(pattern)
    }
    return patterns.joined(separator: ";")
}
