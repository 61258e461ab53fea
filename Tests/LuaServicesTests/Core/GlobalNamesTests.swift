// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@testable import LuaServices

@Suite struct GlobalNamesTests {
    private static func send(_ sessions: ClosedRange<Int32>, to name: String, in node: CoreNode) {
        for session in sessions {
            node.host.harbor.send(Message(type: .client, source: .none, session: session), to: name, from: nil)
        }
    }

    @Test func `messages to an unknown name are kept, and released in order`() throws {
        let node = try CoreNode()
        let (handle, recorder) = try node.recorder()
        Self.send(1...5, to: "LATE", in: node)
        Self.send(9...9, to: "NEVER", in: node)
        node.run()
        #expect(recorder.sessions == [])
        node.host.harbor.bind("LATE", to: handle, from: nil)
        Self.send(6...8, to: "LATE", in: node)
        node.run()
        #expect(recorder.sessions == Array(1...8))
    }

    @Test func `the directory is asked once about each unknown name`() throws {
        let node = try CoreNode()
        let (directory, recorder) = try node.recorder()
        node.host.harbor.attach(service: ServiceHandle(rawValue: 99), slave: directory)
        Self.send(1...3, to: "A", in: node)
        Self.send(1...3, to: "B", in: node)
        node.run()
        #expect(recorder.lines == ["Q A", "Q B"])
    }

    @Test func `names are cut at sixteen bytes`() throws {
        let node = try CoreNode()
        let (handle, recorder) = try node.recorder()
        node.host.harbor.bind("sixteen_bytes_ab", to: handle, from: nil)
        Self.send(1...1, to: "sixteen_bytes_abc", in: node)
        Self.send(2...2, to: "sixteen_bytes_a", in: node)
        node.run()
        #expect(recorder.sessions == [1])
    }

    @Test func `a name that is bound anew leads to its new owner`() throws {
        let node = try CoreNode()
        let (first, second) = (try node.recorder(), try node.recorder())
        node.host.harbor.bind("NAME", to: first.handle, from: nil)
        Self.send(1...1, to: "NAME", in: node)
        node.host.harbor.bind("NAME", to: second.handle, from: nil)
        Self.send(2...2, to: "NAME", in: node)
        node.run()
        #expect(first.recorder.sessions == [1])
        #expect(second.recorder.sessions == [2])
    }
}
