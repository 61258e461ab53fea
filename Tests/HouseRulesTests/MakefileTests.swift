// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// A fresh clone needs nothing but the Swift toolchain and `make`.
@Suite struct MakefileTests {
    @Test(arguments: ["run", "build", "bench", "test", "test-install"])
    func `a target installs what it needs before it compiles`(target: String) throws {
        let commands = try plan(target)
        let compiling = try #require(commands.firstIndex { $0.hasPrefix("swift ") }, "\(commands)")
        let installing = commands.prefix(compiling).filter { $0.contains("install-packages") }
        #expect(installing.contains { $0.contains("liblua5.4-dev") && $0.contains("libssl-dev") }, "\(commands)")
    }

    @Test(arguments: ["run", "build", "bench", "test-install"])
    func `a target that makes the command links Swift's library into it`(target: String) throws {
        let builds = try plan(target).filter { $0.hasPrefix("swift build") }
        #expect(!builds.isEmpty && builds.allSatisfy { $0.contains("--static-swift-stdlib") })
    }

    /// What `make` would do, one command a line.
    private func plan(_ target: String) throws -> [Substring] {
        let make = ["-n", "--no-print-directory", "-C", Checkout.root.path, "SWIFT=swift", target]
        let outcome = try Tool.run("env", ["-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make"] + make)
        try #require(outcome.status == 0, "\(outcome.output)")
        return outcome.output.split(separator: "\n")
    }
}
