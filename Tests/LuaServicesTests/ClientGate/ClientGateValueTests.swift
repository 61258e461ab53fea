// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
import ServiceKernel
import SocketDriver
import Testing

/// The pure parts of the native gate: its frames, its launch line, its commands.
@Suite struct ClientGateValueTests {
    private func frames(_ assembler: inout FrameAssembler) -> [FrameAssembler.Frame] {
        var frames: [FrameAssembler.Frame] = []
        while case let frame = assembler.next(), frame != .incomplete {
            frames.append(frame)
            if frame == .tooLarge { break }
        }
        return frames
    }

    @Test(arguments: [2, 4]) func `bytes one at a time make the packets that were sent`(headerSize: Int) {
        let bodies: [[UInt8]] = [[1], [], [2, 3], [UInt8](repeating: 7, count: 300)]
        var assembler = FrameAssembler(headerSize: headerSize)
        var received: [FrameAssembler.Frame] = []
        for body in bodies {
            let header = (0..<headerSize).reversed().map { UInt8(truncatingIfNeeded: body.count >> ($0 * 8)) }
            for byte in header + body {
                assembler.append([byte])
                received += frames(&assembler)
            }
        }
        #expect(received == bodies.filter { !$0.isEmpty }.map { .packet($0) })
    }

    @Test func `packets that come together are taken one by one`() {
        var assembler = FrameAssembler(headerSize: 2)
        assembler.append([0, 1, 65, 0, 0, 0, 2, 66, 67, 0])
        #expect(frames(&assembler) == [.packet([65]), .packet([66, 67])])
        assembler.append([1, 68])
        #expect(frames(&assembler) == [.packet([68])])
    }

    @Test func `a length of 16 MiB is too large`() {
        var assembler = FrameAssembler(headerSize: 4)
        assembler.append([1, 0, 0, 0])
        #expect(assembler.next() == .tooLarge)
        var below = FrameAssembler(headerSize: 4)
        below.append([0, 255, 255, 255])
        #expect(below.next() == .incomplete)
    }

    @Test func `a launch line is understood`() throws {
        let short = try GateParameters(parsing: "S !none 8888 0 16")
        #expect(short.headerSize == 2 && short.watchdog == nil && short.clientType == 3 && short.limit == 16)
        #expect(short.address == HostAndPort(host: "", port: 8888))
        let long = try GateParameters(parsing: "L :00000008 127.0.0.1:0 10 1")
        #expect(long.headerSize == 4 && long.watchdog == ":00000008" && long.clientType == 10)
        #expect(long.address == HostAndPort(host: "127.0.0.1", port: 0))
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
