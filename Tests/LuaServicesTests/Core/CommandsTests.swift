// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@testable import LuaServices

@Suite struct CommandsTests {
    @Test func `REG, QUERY and NAME give and find local names`() throws {
        let node = try CoreNode()
        let address = node.script(
            """
            local me = core.command "REG"
            equal(me, core.command("REG", ""))
            equal("first", core.command("REG", ".first"))
            equal(nothing, core.command("REG", ".first"))
            equal(me, core.command("QUERY", ".first"))
            equal(tonumber(me:sub(2), 16), core.addresscommand("QUERY", ".first"))
            equal(nothing, core.addresscommand("QUERY", ".nobody"))
            equal(nothing, core.command("QUERY", "first"))
            equal("second", core.command("NAME", ".second " .. me))
            equal(me, core.command("QUERY", ".second"))
            equal(nothing, core.command("NAME", ".first " .. me))
            equal(nothing, core.command("NAME", ".third :0"))
            equal(nothing, core.command("NAME", ".third " .. me:sub(2)))
            equal(nothing, core.command("NAME", ".third"))
            equal(nothing, core.command("REG", "global"))
            equal(nothing, core.command("NAME", "global " .. me))
            """
        )
        #expect(node.kernel.handle(named: "second") == address)
        #expect(node.kernel.handle(named: "third") == nil)
        #expect(
            node.log == [
                "error: Can't register global name global in C", "error: Can't set global name global in C",
            ]
        )
    }

    @Test func `GETENV and SETENV read and add settings`() throws {
        let node = try CoreNode(["thread": "8"])
        node.script(
            """
            equal("8", core.command("GETENV", "thread"))
            equal(8, core.intcommand("GETENV", "thread"))
            equal(nothing, core.command("GETENV", "unset"))
            equal(nothing, core.intcommand("GETENV", "unset"))
            equal(nothing, core.command("SETENV", "k ey v"))
            equal("ey v", core.command("GETENV", "k"))
            fails("Can't setenv exist key : k", core.command, "SETENV", "k other")
            core.command("SETENV", "nothing_to_set")
            equal(nothing, core.command("GETENV", "nothing_to_set"))
            core.command("SETENV", "empty ")
            equal("", core.command("GETENV", "empty"))
            equal(0, core.intcommand("GETENV", "empty"))
            """
        )
    }

    @Test func `intcommand reads integers, then floats, and raises at anything else`() throws {
        let node = try CoreNode(["hex": "0x1F", "octal": "010", "float": "1.5", "odd": "08", "text": "many"])
        node.script(
            """
            equal(31, core.intcommand("GETENV", "hex"))
            equal(8, core.intcommand("GETENV", "octal"))
            equal(1.5, core.intcommand("GETENV", "float"))
            equal(8.0, core.intcommand("GETENV", "odd"))
            fails("Invalid result many", core.intcommand, "GETENV", "text")
            fails("number has no integer representation", core.intcommand, "TIMEOUT", 1.5)
            equal(1, core.intcommand("TIMEOUT", 0.0))
            """
        )
    }

    @Test func `TIMEOUT takes the next session, and fires at once when it must not wait`() throws {
        let node = try CoreNode()
        let me = node.script(
            """
            core.callback(function(type, _, size, session, source) core.error(type, size, session, source) end)
            equal(1, core.genid())
            equal("2", core.command("TIMEOUT", "0"))
            equal(3, core.intcommand("TIMEOUT", -5))
            equal(4, core.intcommand("TIMEOUT", 1 << 31))
            equal("5", core.command("TIMEOUT", "garbage"))
            equal("6", core.command("TIMEOUT", "100000"))
            """
        )
        #expect(node.kernel.exists(me))
        #expect(node.log == ["1 0 2 0", "1 0 3 0", "1 0 4 0", "1 0 5 0"])
    }

    @Test func `KILL retires whom it is told to, and says so also of nobody`() throws {
        let node = try CoreNode()
        let (one, other) = (try node.recorder().handle, try node.recorder().handle)
        #expect(node.kernel.bind("victim", to: other))
        node.script(
            """
            for _, address in ipairs { "\(AddressText.short(one))", ".victim", ":ffff00", ":0", ".nobody", "junk" } do
                equal(nothing, core.command("KILL", address))
            end
            """
        )
        #expect(!node.kernel.exists(one))
        #expect(!node.kernel.exists(other))
        #expect(
            node.log == [
                "KILL \(AddressText.short(one))", "KILL \(AddressText.short(other))", "KILL :ffff00",
                "error: Can't convert junk to handle",
            ]
        )
    }

    @Test func `EXIT ends the service, and the exit monitor hears of it`() throws {
        let node = try CoreNode()
        let (handle, recorder) = try node.recorder()
        let monitor = AddressText.short(handle)
        let me = node.script(
            """
            equal(nothing, core.command "MONITOR")
            equal(nothing, core.command("MONITOR", "\(monitor)"))
            equal("\(monitor)", core.command "MONITOR")
            core.command "EXIT"
            """
        )
        #expect(!node.kernel.exists(me))
        #expect(recorder.sessions == [0])
        #expect(recorder.lines == [""])
        #expect(node.log == ["KILL self"])
    }

    @Test func `LAUNCH answers the new address in upper case, or nothing`() throws {
        let node = try CoreNode()
        node.script(
            """
            local address = core.command("LAUNCH", "snlua core.command('REG', '.child')\\nignored")
            assert(address:match "^:%x%x%x%x%x%x%x%x$")
            equal(nothing, core.command("LAUNCH", "harbor nonsense"))
            """
        )
        #expect(node.kernel.handle(named: "child") != nil)
        #expect(node.log.contains("error: launch harbor FAILED"))
    }

    @Test func `ABORT retires everybody`() throws {
        let node = try CoreNode()
        node.script("core.command 'ABORT'")
        #expect(node.kernel.handles == [])
    }

    @Test func `STAT tells figures of the service itself`() throws {
        let node = try CoreNode()
        node.script(
            """
            equal("0", core.command("STAT", "mqlen"))
            equal(1, core.intcommand("STAT", "message"))
            equal("0", core.command("STAT", "endless"))
            equal(0.0, core.intcommand("STAT", "cpu"))
            equal(0, core.intcommand("STAT", "time"))
            equal("", core.command("STAT", "anything"))
            core.intcommand("TIMEOUT", 0)
            equal(1, core.intcommand("STAT", "mqlen"))
            """
        )
        let timed = try CoreNode(["profile": "true"])
        timed.script(
            "assert(core.intcommand('STAT', 'time') > 0) equal('float', math.type(core.intcommand('STAT', 'cpu')))"
        )
    }

    @Test func `STARTTIME is the second the node started`() throws {
        let node = try CoreNode()
        node.script("equal(\(node.kernel.clock.startSeconds), core.intcommand 'STARTTIME')")
    }

    @Test func `SIGNAL is logged by whom it reaches`() throws {
        let node = try CoreNode()
        let target = node.script("core.callback(function() end)")
        let address = AddressText.short(target)
        node.script("core.command('SIGNAL', '\(address) 0x5') core.command('SIGNAL', '\(address) 1')")
        node.script("core.command('SIGNAL', ':ffff00 1') core.command('SIGNAL', ':1')")
        #expect(node.log.prefix(2) == ["recv a signal 5", "recv a signal 1"])
        #expect(node.log.count == 3)
        #expect(node.log.last?.wholeMatch(of: /Current Memory \d+\.\d\d\dK/) != nil)
    }

    @Test func `names of commands are exact, and a parameter counts only alone`() throws {
        let node = try CoreNode(["key": "value"])
        node.script(
            """
            equal(nothing, core.command "reg")
            equal(nothing, core.command "NOSUCH")
            equal(nothing, core.command("GETENV", "key", "more"))
            equal("value", core.command("GETENV", "key"))
            """
        )
    }

    @Test func `a service is announced before it can launch another`() throws {
        let node = try CoreNode()
        node.runAtOnce()
        node.script("core.command('LAUNCH', 'snlua local second')")
        #expect(node.launches.map { $0.suffix(6) } == ["cond')", "second"])
    }
}
