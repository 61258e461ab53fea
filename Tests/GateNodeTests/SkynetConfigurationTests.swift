// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import GateNode

/// Configurations as skynet applications have them, in a directory that holds only the application's own scripts.
@Suite struct SkynetConfigurationTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory([
            "examples/config": """
            include "config.path"

            -- preload = "./examples/preload.lua"
            thread = 8
            logger = nil
            logpath = "."
            harbor = 1
            address = "127.0.0.1:2526"
            master = "127.0.0.1:2013"
            start = "main"	-- the first script of the game
            bootstrap = "snlua bootstrap"
            standalone = "0.0.0.0:2013"
            cpath = root .. "cservice/?.so"
            -- daemon = "./game.pid"
            """,
            "examples/config.path": """
            root = "./"
            luaservice = root .. "service/?.lua;" .. root .. "test/?.lua;" .. root .. "test/?/init.lua"
            lualoader = root .. "lualib/loader.lua"
            lua_path = root .. "lualib/?.lua;" .. root .. "lualib/?/init.lua"
            lua_cpath = root .. "luaclib/?.so"
            snax = root .. "examples/?.lua;" .. root .. "test/?.lua"
            """,
            "etc/config.game1": """
            thread = 2
            harbor = 0
            nodename = "$NODE"
            logger = "./log/" .. nodename .. ".log"
            luaservice = "./skynet/service/?.lua;./game/service/?.lua;"
            cluster = "./etc/cluster.lua"
            debug_port = 8000
            """,
            "home/lualib/loader.lua": "",
        ])
    }

    @Test func `one with an included file of paths`() throws {
        let installation = try #require(Installation(home: scratch["home"]))
        let configuration = try NodeConfiguration(contentsOf: scratch["examples/config"], installation: installation)
        #expect(configuration.threads == 8)
        #expect(configuration.harbor == 1)
        #expect(configuration.logger == nil)
        #expect(configuration.settings["logpath"] == ".")
        #expect(configuration.settings["standalone"] == "0.0.0.0:2013")
        #expect(configuration.settings["snax"] == "./examples/?.lua;./test/?.lua")
        #expect(configuration.settings["root"] == "./")
        #expect(configuration.paths.service.hasPrefix("./service/?.lua;./test/?.lua;./test/?/init.lua;"))
    }

    @Test func `one of a single node with a name from the environment`() throws {
        let file = ConfigurationFile(environment: ["NODE": "game1"])
        let settings = try file.read(scratch["etc/config.game1"])
        let installation = try #require(Installation(home: scratch["home"]))
        let configuration = try NodeConfiguration(settings: settings, installation: installation)
        #expect(configuration.harbor == 0)
        #expect(configuration.logger == "./log/game1.log")
        #expect(configuration.settings["debug_port"] == "8000")
        #expect(configuration.settings["cluster"] == "./etc/cluster.lua")
    }
}
