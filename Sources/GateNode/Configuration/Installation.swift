// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NodeFiles

/// Where swiftgate's own `lualib` and `service` are.
public struct Installation: Equatable, Sendable {
    /// The absolute path of the directory that holds both.
    public let home: String

    /// The directory if it holds an installation.
    public init?(home: String) {
        self.home = SystemFile.absolute(home)
        guard SystemFile.exists(loader) else { return nil }
    }

    /// The script that loads every service's script.
    public var loader: String { "\(home)/lualib/loader.lua" }

    /// Patterns for the services every node may launch.
    public var services: String { "\(home)/service/?.lua" }

    /// Patterns for what scripts require.
    public var library: String { "\(home)/lualib/?.lua;\(home)/lualib/?/init.lua" }

    /// Patterns for the old, short names of modules (`socket` for `skynet.socket`).
    public var oldNames: String { "\(home)/lualib/compat10/?.lua" }

    /// Finds the installation: where `SWIFTGATE_HOME` says, else where `make install` puts it (`bin/swiftgate` and
    /// `share/swiftgate`), else in a directory above the executable (which a checkout's build directory is in, too),
    /// else in the working directory or one above it.
    ///
    /// - Throws: when `SWIFTGATE_HOME` names a directory without one.
    public static func find(
        environment: [String: String] = ProcessEnvironment.variables,
        executable: String = Self.runningExecutable,
        workingDirectory: String = Self.workingDirectory
    ) throws(ConfigurationError) -> Installation? {
        if let home = environment["SWIFTGATE_HOME"], !home.isEmpty {
            if let installation = Installation(home: home) { return installation }
            let place = ConfigurationPlace(file: "SWIFTGATE_HOME")
            throw ConfigurationError(.noInstallation, "\(home)/lualib/loader.lua does not exist", at: place)
        }
        return Installation(home: "\(executable)/../../share/swiftgate") ?? search(upwardsFrom: executable)
            ?? search(upwardsFrom: workingDirectory)
    }

    /// The path of the running program, links resolved.
    public static var runningExecutable: String {
        SystemFile.destination(of: "/proc/self/exe") ?? CommandLine.arguments[0]
    }

    /// Where the running program looks for files without a path.
    public static var workingDirectory: String { SystemFile.workingDirectory }

    private static func search(upwardsFrom path: String) -> Installation? {
        var directory = SystemFile.absolute(path)
        while true {
            if let installation = Installation(home: directory) { return installation }
            if directory == "/" { return nil }
            directory = SystemFile.absolute("\(directory)/..")
        }
    }
}
