// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import GateNode

@Suite struct ScriptPathsTests {
    private let scratch: ScratchDirectory
    private let installation: Installation

    init() throws {
        scratch = try ScratchDirectory(["home/lualib/loader.lua": ""])
        installation = try #require(Installation(home: scratch["home"]))
    }

    private func paths(_ lines: String, installation: Installation?) throws -> ScriptPaths {
        try scratch.write("config", lines)
        return try NodeConfiguration(contentsOf: scratch["config"], installation: installation).paths
    }

    @Test func `keys that are left out point at the installation behind skynet's defaults`() throws {
        let paths = try paths("", installation: installation)
        #expect(paths.service == "./service/?.lua;\(scratch["home"])/service/?.lua")
        let library = "./lualib/?.lua;./lualib/?/init.lua;\(scratch["home"])/lualib/?.lua"
        #expect(paths.library.hasPrefix("\(library);\(scratch["home"])/lualib/?/init.lua"))
        #expect(paths.nativeLibrary.hasPrefix("./luaclib/?.so;/"))
        #expect(paths.preload == nil)
    }

    @Test func `the user's paths are searched first`() throws {
        let paths = try paths(
            """
            root = "./game/"
            luaservice = root .. "service/?.lua;" .. root .. "svc/?/init.lua;"
            lua_path = root .. "lib/?.lua"
            lua_cpath = root .. "so/?.so"
            """,
            installation: installation
        )
        #expect(paths.service == "./game/service/?.lua;./game/svc/?/init.lua;\(scratch["home"])/service/?.lua")
        #expect(paths.library.hasPrefix("./game/lib/?.lua;\(scratch["home"])/lualib/?.lua;"))
        #expect(paths.nativeLibrary.hasPrefix("./game/so/?.so;/"))
    }

    @Test func `services are loaded by the completed paths`() throws {
        try scratch.write("config", "lua_path = './lib/?.lua'")
        let configuration = try NodeConfiguration(contentsOf: scratch["config"], installation: installation)
        #expect(configuration.settings["lualoader"] == configuration.paths.loader)
        #expect(configuration.settings["luaservice"] == configuration.paths.service)
        #expect(configuration.settings["lua_path"] == configuration.paths.library)
        #expect(configuration.settings["lua_cpath"] == configuration.paths.nativeLibrary)
    }

    @Test func `the old names of modules are for those who ask for them`() throws {
        let ours = "\(scratch["home"])/lualib/compat10/?.lua"
        #expect(try !paths("", installation: installation).library.contains(ours))
        let asking = "lua_path = './lualib/?.lua;./lualib/compat10/?.lua'"
        #expect(try paths(asking, installation: installation).library.contains(";\(ours);"))
    }

    @Test func `a pattern is searched once`() throws {
        let paths = try paths("luaservice = '\(installation.services)'", installation: installation)
        #expect(paths.service == installation.services)
    }

    @Test func `the user's loader is used where it exists, else the installation's`() throws {
        try scratch.write("mine.lua", "")
        let mine = scratch["mine.lua"]
        #expect(try paths("lualoader = '\(mine)'", installation: installation).loader == mine)
        let left = "lualoader = './no/such/lualib/loader.lua'"
        #expect(try paths(left, installation: installation).loader == installation.loader)
        #expect(try paths("", installation: installation).loader.hasSuffix("lualib/loader.lua"))
    }

    @Test func `without any loader the message says what to do`() throws {
        let line = "\nlualoader = './no/loader.lua'"
        let error = #expect(throws: ConfigurationError.self) { try paths(line, installation: nil) }
        #expect(error?.code == .noInstallation)
        #expect(
            error?.description.hasPrefix("\(scratch["config"]):2: lualoader: ./no/loader.lua does not exist") == true
        )
    }

    @Test func `modules of the system's Lua are found too`() throws {
        let system = try SystemLuaPaths()
        #expect(system.nativeLibrary.contains("/lua/5.4/?.so"))
        #expect(!system.library.contains("./"))
        #expect(!system.nativeLibrary.contains("loadall"))
    }
}
