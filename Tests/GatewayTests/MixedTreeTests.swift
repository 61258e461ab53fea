// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// Our library over the services of somebody else: those in Tests/Scripts/dropin/foreign play them.
@Suite(.serialized, .onOwnThreads) struct MixedTreeTests {
    private static let foreignServices = #"luaservice = root.."foreign/?.lua;"..root.."mixed/?.lua;"..luaservice"#

    @Test(.timeLimit(.minutes(5)), arguments: ScriptTests.scripts(under: "dropin/mixed"))
    func `a script on our library finds services of another tree`(script: String) async throws {
        let configuration = try DropinTree.configuration(
            start: String(script.dropLast(".lua".count)),
            settings: Self.foreignServices
        )
        let node = try RunningNode(["{DIR}config"], files: ["config": configuration])
        try await ScriptTests.expectSuccess(of: node, script: script)
    }

    /// What a script cannot see for itself: the lines of the services it speaks to.
    @Test(.timeLimit(.minutes(5))) func `cluster services tell what gates say and where a trace goes on`() async throws
    {
        let node = try RunningNode(
            ["{DIR}config"],
            files: ["config": try DropinTree.configuration(start: "cluster_client")]
        )
        try await ScriptTests.expectSuccess(of: node, script: "cluster_client")
        for text in ["socket warning 99 64", "socket data 99 early", "socket news 99"] {
            #expect(node.lines.contains { $0.contains(text) }, "\(text)")
        }
        let crossing = #/<TRACE :[0-9a-f]{8}-1> \d+ session \(.+-me-\d+\):[0-9a-f]{8}-1$/#
        #expect(node.lines.contains { $0.contains(crossing) })
        #expect(node.lines.contains { $0.contains(#/<TRACE \(.+-me-\d+\):[0-9a-f]{8}-1> \d+ cluster me$/#) })
    }
}
