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

    @Test func `the slave is asked about an unknown name, each time, by TEXT`() throws {
        let node = try CoreNode()
        let (slave, recorder) = try node.recorder()
        node.host.harbor.attach(service: ServiceHandle(rawValue: 99), slave: slave)
        Self.send(1...2, to: "A", in: node)
        Self.send(1...1, to: "sixteen_bytes_abc", in: node)
        node.run()
        #expect(recorder.lines == ["Q A", "Q A", "Q sixteen_bytes_ab"])
        #expect(recorder.types == [.text, .text, .text])
        #expect(recorder.sessions == [0, 0, 0])
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

    @Test func `messages for a name on another node wait for the node`() throws {
        let node = try CoreNode(harbor: 1)
        Self.send(1...2, to: "FAR", in: node)
        node.host.harbor.bind("FAR", to: ServiceHandle(rawValue: 0x0200_0008), from: nil)
        Self.send(3...3, to: "FAR", in: node)
        node.run()
        #expect(node.log == [])
    }

    @Test func `messages for a name on a node that is out of reach are dropped`() throws {
        let node = try CoreNode()
        Self.send(1...2, to: "FAR", in: node)
        node.host.harbor.bind("FAR", to: ServiceHandle(rawValue: 0x0200_0008), from: nil)
        node.run()
        #expect(node.log == ["Drop message to FAR (in harbor 2)", "Drop message to FAR (in harbor 2)"])
    }

    @Test(arguments: [MessageType.socket, .system, .harbor])
    func `messages that steer a node do not leave it`(type: MessageType) throws {
        let node = try CoreNode(harbor: 1)
        let (sender, recorder) = try node.recorder()
        let message = Message(type: type, source: sender, session: 4)
        node.kernel.send(message, to: ServiceHandle(rawValue: 0x0200_0008), from: nil)
        node.run()
        #expect(node.log == ["error: The message to 2000008 has type \(type.rawValue) and can't leave the node"])
        #expect(recorder.types == [.error] && recorder.sessions == [4])
    }

    @Test func `an answer that cannot be delivered is not answered`() throws {
        let node = try CoreNode()
        let (sender, recorder) = try node.recorder()
        for type in [MessageType.response, .error] {
            let message = Message(type: type, source: sender, session: 4)
            node.kernel.send(message, to: ServiceHandle(rawValue: 0x0200_0008), from: nil)
        }
        node.run()
        #expect(node.log.count == 2)
        #expect(recorder.lines == [])
    }
}
