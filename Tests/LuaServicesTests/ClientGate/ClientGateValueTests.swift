// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaServices
import ServiceKernel
import SocketDriver
import Testing

/// The pure parts of the native gate: its launch line, its commands.
@Suite struct ClientGateValueTests {
    @Test func `a launch line is understood`() throws {
        let short = try GateParameters(parsing: "S !none 8888 0 16")
        #expect(short.framing == .u16be && short.watchdog == nil && short.clientType == 3 && short.limit == 16)
        #expect(short.address == Endpoint(host: "", port: 8888))
        let long = try GateParameters(parsing: "L :00000008 127.0.0.1:0 10 1")
        #expect(long.framing == .u32be && long.watchdog == ":00000008" && long.clientType == 10)
        #expect(long.address == Endpoint(host: "127.0.0.1", port: 0))
    }

    @Test(arguments: [
        ("", "Invalid gate parm "), ("S ! 1", "Invalid gate parm S ! 1"), ("S ! 1 x 1", "Invalid gate parm S ! 1 x 1"),
        ("S ! 1 0", "Need max connection"), ("S ! 1 0 0", "Need max connection"),
        ("X ! 1 0 1", "Invalid data header style"), ("S ! here 0 1", "Invalid gate address here"),
        ("S ! 1.2.3.4:70000 0 1", "Invalid gate address 1.2.3.4:70000"),
    ]) func `a wrong launch line is refused`(line: String, message: String) {
        #expect(throws: GateParameters.Invalid.self) { try GateParameters(parsing: line) }
        do { _ = try GateParameters(parsing: line) } catch { #expect(error.description == message) }
    }

    @Test func `commands may be shortened, and mistakes are unknown`() {
        #expect(GateCommand(parsing: "kick 7") == .kick(7))
        #expect(GateCommand(parsing: "k 7") == .kick(7))
        #expect(GateCommand(parsing: "start 7") == .start(7))
        #expect(GateCommand(parsing: "broker .b") == .broker(".b"))
        #expect(GateCommand(parsing: "close") == .close)
        let (agent, client) = (ServiceHandle(rawValue: 0x1f), ServiceHandle(rawValue: 0))
        #expect(GateCommand(parsing: "forward 7 :1f :0") == .forward(7, agent: agent, client: client))
        for text in ["", "nonsense", "kick", "kick x", "forward 7", "forward 7 1f 0", "kicks 7"] {
            #expect(GateCommand(parsing: text) == .unknown, "\(text)")
        }
    }
}
