// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Foundation

/// Where swiftgate's own `lualib` and `service` are.
public struct Installation: Equatable, Sendable {
    /// The absolute path of the directory that holds both.
    public let home: String

    /// The directory if it holds an installation.
    public init?(home: String) {
        let path = URL(filePath: home).standardizedFileURL.path(percentEncoded: false)
        self.home = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard FileManager.default.fileExists(atPath: loader) else { return nil }
    }

    /// The script that loads every service's script.
    public var loader: String { "\(home)/lualib/loader.lua" }

    /// Patterns for the services every node may launch.
    public var services: String { "\(home)/service/?.lua" }

    /// Patterns for what scripts require.
    public var library: String { "\(home)/lualib/?.lua;\(home)/lualib/?/init.lua" }

    /// Patterns for the old, short names of modules (`socket` for `skynet.socket`).
    public var oldNames: String { "\(home)/lualib/compat10/?.lua" }

    /// Finds the installation: where `SWIFTGATE_HOME` says, else in a directory above the executable (which a checkout's
    /// build directory is in, too), else in the working directory or one above it.
    ///
    /// - Throws: when `SWIFTGATE_HOME` names a directory without one.
    public static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        executable: String = Self.runningExecutable,
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) throws(ConfigurationError) -> Installation? {
        if let home = environment["SWIFTGATE_HOME"], !home.isEmpty {
            if let installation = Installation(home: home) { return installation }
            let place = ConfigurationPlace(file: "SWIFTGATE_HOME")
            throw ConfigurationError(.noInstallation, "\(home)/lualib/loader.lua does not exist", at: place)
        }
        return search(upwardsFrom: executable) ?? search(upwardsFrom: workingDirectory)
    }

    /// The path of the running program, links resolved.
    public static var runningExecutable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    private static func search(upwardsFrom path: String) -> Installation? {
        var directory = URL(filePath: path).standardizedFileURL
        while true {
            if let installation = Installation(home: directory.path(percentEncoded: false)) { return installation }
            if directory.pathComponents.count <= 1 { return nil }
            directory.deleteLastPathComponent()
        }
    }
}
