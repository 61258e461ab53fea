// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import Testing

@Suite(.timeLimit(.minutes(5))) struct SocketDriverModuleTests {
    /// Two ends of a connection, called `here` and `there`.
    private func connectedNode() async throws -> SocketNode {
        let node = try SocketNode()
        try node.run("listener = driver.listen('127.0.0.1', 0)")
        let listener = node.number("listener")
        let port = await node.event("connect \(listener) 127.0.0.1 ")
        try node.run("driver.start(listener)  here = driver.connect('127.0.0.1:\(port)')")
        let accepted = await node.event("accept \(listener) ")
        _ = await node.event("connect \(node.number("here")) 127.0.0.1 0")
        try node.run("there = \(accepted)  driver.start(there)  driver.start(here)  driver.nodelay(here)")
        _ = await node.event("connect \(accepted) start")
        return node
    }

    @Test func everyFormOfDataIsSent() async throws {
        let node = try await connectedNode()
        try node.run(
            """
            assert(driver.send(here, "text,") == true)
            assert(driver.send(here, 12) == true)
            assert(driver.send(here, {",", "list", 7, nil, "not this"}) == true)
            assert(driver.send(here, setmetatable({}, {__index = function(_, i) return ({",lazy"})[i] end})))
            assert(driver.send(here, driver.str2p(",block")) == true)
            assert(driver.lsend(here, ",low") == true)
            assert(driver.send(here, "") == true and driver.send(here, {}) == true)
            """
        )
        let expected = "text,12,list7,lazy,block,low"
        #expect(await node.received(node.number("there"), expected.utf8.count) == expected)
        try await node.end()
    }

    @Test func fullUserdataIsSentByItsLength() async throws {
        let node = try await connectedNode()
        // A buffer's userdata is two words; a size may ask for fewer bytes but not for more.
        try node.run(
            """
            local userdata = driver.buffer()
            assert(driver.send(here, userdata, 0) == true)
            fails("size exceeds the userdata", driver.send, here, userdata, 17)
            assert(driver.send(here, "ok") == true)
            """
        )
        #expect(await node.received(node.number("there"), 2) == "ok")
        try await node.end()
    }

    @Test func oneSendHasABound() async throws {
        let node = try await connectedNode()
        // Sizes that no block here has: they are refused before anybody reads.
        try node.run(
            """
            local function block() return (driver.str2p("x")) end
            fails("a send of 1073741825 bytes is more than 1073741824", driver.send, here, block(), (1 << 30) + 1)
            fails("a send of 1099511627776 bytes is more than 1073741824", driver.lsend, here, block(), 1 << 40)
            fails("a send of 4294967297 bytes is more than 1073741824", driver.udp_send, here, "", block(), (1 << 32) + 1)
            fails("is more than a buffer can have", driver.send, here, block(), math.maxinteger)
            assert(driver.send(here, "ok") == true)
            """
        )
        #expect(await node.received(node.number("there"), 2) == "ok")
        try await node.end()
    }

    @Test func wrongDataIsRefused() async throws {
        let node = try await connectedNode()
        try node.run(
            """
            fails("string expected, got no value", driver.send, here)
            fails("string expected, got boolean", driver.send, here, true)
            fails("string expected, got table", driver.send, here, {"a", {}})
            fails("number expected, got no value", driver.send, here, (driver.str2p("leaks in skynet")))
            fails("size must not be negative", driver.send, here, (driver.str2p("x")), -1)
            fails("boom", driver.send, here, setmetatable({}, {__index = function() error("boom") end}))
            fails("number expected, got string", driver.send, "here", "text")
            fails("number has no integer representation", driver.close, 1.5)
            """
        )
        try await node.end()
    }

    @Test func sendingNowhereAnswersFalseAndFreesTheBlock() async throws {
        let node = try SocketNode()
        #expect(
            try leavesNoBlocks(repetitions: 500) {
                try node.run("assert(driver.send(12345, driver.str2p('block')) == false)")
            }
        )
        try node.run(
            """
            assert(driver.lsend(12345, {"list"}) == false)
            driver.close(12345) driver.shutdown(12345) driver.pause(12345) driver.nodelay(12345)
            driver.start(12345)
            """
        )
        #expect(await node.event("error 12345 ") == "invalid socket")
        try await node.end()
    }

    @Test func closingTellsBothEnds() async throws {
        let node = try await connectedNode()
        try node.run("driver.send(here, 'last words')  driver.close(here)")
        #expect(await node.received(node.number("there"), 10) == "last words")
        _ = await node.event("close \(node.number("there"))")
        _ = await node.event("close \(node.number("here"))")
        try node.run("assert(driver.send(here, 'late') == false)")
        try await node.end()
    }

    @Test func infoListsWhatIsOpen() async throws {
        let node = try await connectedNode()
        try node.run("driver.send(here, 'hello')")
        _ = await node.received(node.number("there"), 5)
        try node.run(
            """
            local byId = {}
            local list = driver.info()
            for _, socket in ipairs(list) do byId[socket.id] = socket end
            assert(#list == 3 and list[1].id > list[3].id)
            local l, h, t = byId[listener], byId[here], byId[there]
            assert(l.type == "LISTEN" and l.accept == 1 and l.sock:find("^127.0.0.1:%d+$") and l.address == 42)
            assert(h.type == "TCP" and h.write == 5 and h.wbuffer == 0 and h.peer == l.sock)
            assert(t.read == 5 and t.reading == true and math.type(t.rtime) == "integer" and l.read == nil)
            """
        )
        try await node.end()
    }

    @Test func addressesThatAreNoneRaiseTheReferencesTexts() async throws {
        let node = try SocketNode()
        try node.run(
            """
            fails("Invalid address localhost.", driver.connect, "localhost")
            fails("Invalid address [::1.", driver.listen, "[::1")
            fails("Invalid address [::1].", driver.connect, "[::1]")
            fails("Invalid port in address 127.0.0.1:x.", driver.connect, "127.0.0.1:x")
            fails("Invalid port in address 127.0.0.1:65536.", driver.udp, "127.0.0.1:65536")
            fails("Invalid port", driver.connect, "127.0.0.1", 0)
            fails("Invalid port", driver.listen, "127.0.0.1", 70000)
            fails("string expected, got nil", driver.listen, nil, 80)
            fails("number expected, got table", driver.listen, "127.0.0.1", {})
            fails("Listen error", driver.listen, "192.0.2.1", 80)
            fails("udp listen host failed", driver.udp_listen, "127.0.0.1", 0)
            fails("udp init failed", driver.udp, "192.0.2.1", 80)
            assert(driver.connect(("x"):rep(232), 80) == -1)
            local numeric = driver.listen("127.0.0.1", "0")
            driver.close(numeric)
            """
        )
        try await node.end()
    }

    @Test func datagramsWithoutAProperAddressAreRefused() async throws {
        let node = try SocketNode()
        try node.run(
            """
            local id = driver.udp("127.0.0.1", 0)
            assert(driver.info()[1].id == id and driver.info()[1].type == "UDP")
            assert(driver.udp_send(id, "bad", "text") == false)
            assert(driver.udp_send(id, "\\2" .. ("\\0"):rep(18), driver.str2p("wrong family")) == false)
            assert(driver.udp_send(12345, "\\1\\0\\80\\127\\0\\0\\1", "nobody") == false)
            assert(driver.send(id, "no address yet") == false)
            fails("string expected, got no value", driver.udp_send, id)
            """
        )
        try await node.end()
    }

    @Test func aDefaultDestinationTakesWhatIsSent() async throws {
        let node = try SocketNode()
        // A free port, found by a stream socket that is closed again before the datagrams use its number.
        try node.run("probe = driver.listen('127.0.0.1', 0)")
        let port = await node.event("connect \(node.number("probe")) 127.0.0.1 ")
        try node.run(
            """
            driver.close(probe)
            server = driver.udp_listen("127.0.0.1", \(port))
            dialer = driver.udp_dial("127.0.0.1", \(port))
            plain = driver.udp()
            driver.udp_connect(plain, "127.0.0.1:\(port)")
            assert(driver.send(dialer, "dialed") == true)
            """
        )
        let server = node.number("server")
        #expect(await node.event("udp \(server) ") == "dialed")
        try node.run("assert(driver.send(plain, {'conn', 'ected'}) == true)")
        #expect(await node.event("udp \(server) ") == "connected")
        try node.run(
            """
            local address = string.pack(">BI2BBBB", 1, \(port), 127, 0, 0, 1)
            assert(driver.udp_send(plain, address, driver.str2p("sent")) == true)
            """
        )
        #expect(await node.event("udp \(server) ") == "sent")
        try await node.end()
    }

    @Test func namesResolveToLists() async throws {
        let node = try SocketNode()
        try node.run(
            """
            local list = driver.resolve("127.0.0.1")
            assert(#list >= 1 and list[1] == "127.0.0.1")
            -- Too long for any resolver, so that none is asked.
            assert(not pcall(driver.resolve, ("x"):rep(300)))
            """
        )
        try await node.end()
    }
}
