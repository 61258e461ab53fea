// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Foundation
import ServiceKernel
import SocketDriver
import Testing

@testable import LuaServices

@Suite struct MessageLogsTests {
    private static func send(
        _ payload: consuming MemoryBlock,
        _ type: MessageType,
        to handle: ServiceHandle,
        _ node: CoreNode
    ) {
        let message = Message(type: type, source: ServiceHandle(rawValue: 0xABC), session: 7, payload: payload)
        node.kernel.send(message, to: handle, from: nil)
        node.run()
    }

    @Test func `the messages of a service are written from LOGON to LOGOFF`() throws {
        let node = try CoreNode()
        let (handle, _) = try node.recorder()
        let address = AddressText.short(handle)
        let path = "\(node.folder.path())/\(AddressText.digits(handle.rawValue)).log"
        node.script("equal(nothing, core.command('LOGON', '\(address)')) core.command('LOGON', '\(address)')")
        Self.send(MemoryBlock(text: "hi\n"), .client, to: handle, node)
        Self.send(MemoryBlock(), .response, to: handle, node)
        let block = MemoryBlock(Array("ok".utf8), tailRoom: SocketMessage.tailRoom)
        node.kernel.send(SocketMessage.message(of: .data(3, block)), to: handle, from: nil)
        node.kernel.send(SocketMessage.message(of: .failed(3, reason: "reset")), to: handle, from: nil)
        node.run()
        node.script("core.command('LOGOFF', '\(address)') core.command('LOGOFF', '\(address)')")
        Self.send(MemoryBlock(text: "unseen"), .client, to: handle, node)
        #expect(node.log == ["Open log file \(path)", "Close log file \(AddressText.padded(handle))"])

        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        try #require(lines.count == 6)
        #expect(lines[0].wholeMatch(of: /open time: \d+ \w+ \w+ +\d+ \d\d:\d\d:\d\d \d+/) != nil)
        #expect(lines[1].wholeMatch(of: /:00000abc 3 7 \d+ 68690a/) != nil)
        #expect(lines[2].wholeMatch(of: #/:00000abc 1 7 \d+ /#) != nil)
        #expect(lines[3] == "[socket] 1 3 2 6f6b")
        #expect(lines[4] == "[socket] 5 3 0 [reset]")
        #expect(lines[5].wholeMatch(of: /close time: \d+/) != nil)
    }

    @Test func `a log that cannot be opened is said so`() throws {
        let node = try CoreNode(["logpath": "/nonexistent"])
        node.script("core.command('LOGON', ':1')")
        #expect(node.log == ["Open log file /nonexistent/00000001.log fail"])
    }

    @Test func `nothing is logged of a service that does not exist`() throws {
        let node = try CoreNode()
        node.script("core.command('LOGON', ':99') core.command('LOGOFF', ':99') core.command('LOGON', '.nobody')")
        #expect(node.log == [])
    }
}
