// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// Shared data between our library and another tree's services, where the configuration says whose are found first.
@Suite(.serialized, .onOwnThreads) struct SharingDropinTests {
    private static let other = "./Tests/Scripts/dropin/other/"

    private static func run(_ script: String, settings: String) async throws {
        let node = try RunningNode(
            ["{DIR}config"],
            files: ["config": try DropinTree.configuration(start: script, settings: settings)]
        )
        try await ScriptTests.expectSuccess(of: node, script: script + " with " + settings)
    }

    @Test(.timeLimit(.minutes(5)))
    func `clients work with another tree's sharedatad`() async throws {
        try await Self.run("sharedata_mixed", settings: #"luaservice = "\#(Self.other)?.lua;"..luaservice"#)
    }

    @Test(.timeLimit(.minutes(5)))
    func `a preload script may require what shares data`() async throws {
        try await Self.run("preloaded", settings: #"preload = "\#(Self.other)preload.lua""#)
    }
}
