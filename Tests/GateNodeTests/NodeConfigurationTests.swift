// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import GateNode

@Suite struct NodeConfigurationTests {
    private func configuration(_ lines: String, overrides: [String] = []) throws -> NodeConfiguration {
        let scratch = try ScratchDirectory(["config": lines, "home/lualib/loader.lua": ""])
        let installation = Installation(home: scratch["home"])
        return try NodeConfiguration(contentsOf: scratch["config"], overrides: overrides, installation: installation)
    }

    private func failure(_ lines: String, overrides: [String] = []) -> ConfigurationError? {
        #expect(throws: ConfigurationError.self) { try configuration(lines, overrides: overrides) }
    }

    @Test func `an empty file gives the defaults`() throws {
        let configuration = try configuration("")
        var expected = NodeConfiguration(paths: configuration.paths)
        expected.file = configuration.file
        expected.settings = [
            "thread": "8", "cpath": "./cservice/?.so", "harbor": "0", "bootstrap": "snlua bootstrap",
            "logservice": "logger", "profile": "true", "lualoader": configuration.paths.loader,
            "luaservice": configuration.paths.service, "lua_path": configuration.paths.library,
            "lua_cpath": configuration.paths.nativeLibrary,
        ]
        #expect(configuration == expected)
    }

    @Test func `every key arrives in its field`() throws {
        let configuration = try configuration(
            """
            thread = 2
            harbor = 3
            bootstrap = "snlua first"
            start = "game"
            logger = "game.log"
            logservice = "snlua"
            logpath = "logs"
            daemon = "game.pid"
            profile = false
            checkbuffers = true
            preload = "preload.lua"
            mine = "x"
            """
        )
        #expect(configuration.threads == 2)
        #expect(configuration.harbor == 3)
        #expect(configuration.bootstrap == "snlua first")
        #expect(configuration.logger == "game.log")
        #expect(configuration.logService == "snlua")
        #expect(configuration.daemon == "game.pid")
        #expect(configuration.checkBuffers)
        #expect(configuration.paths.preload == "preload.lua")
        #expect(configuration.settings["start"] == "game")
        #expect(configuration.settings["logpath"] == "logs")
        #expect(configuration.settings["profile"] == "false")
        #expect(configuration.settings["mine"] == "x")
        #expect(configuration.settings["thread"] == "2")
    }

    @Test func `a node told of others is number 1 unless it says otherwise`() throws {
        #expect(try configuration("standalone = '0.0.0.0:2013'").harbor == 1)
        #expect(try configuration("master = '127.0.0.1:2013'").settings["harbor"] == "1")
        #expect(try configuration("standalone = '0.0.0.0:2013'\nharbor = 0").harbor == 0)
        #expect(try configuration("address = '0.0.0.0'").harbor == 0)
        #expect(try configuration("", overrides: ["address=wss://0.0.0.0/"]).settings["harbor"] == "0")
    }

    @Test func `a number is read up to where its digits end`() throws {
        #expect(try configuration("thread = '4 of them'").threads == 4)
        #expect(try configuration("thread = 4.0").threads == 4)
    }

    @Test(arguments: [
        ("thread = 'abc'", "Invalid thread \"abc\", should be a number in [1,1024]"),
        ("thread = 0", "Invalid thread 0 , should be in [1,1024], but the value is \"0\""),
        ("thread = 1025", "Invalid thread 1025 , should be in [1,1024], but the value is \"1025\""),
        ("harbor = 256", "Invalid harbor 256 , should be in [0,255], but the value is \"256\""),
        ("harbor = -1", "Invalid harbor -1 , should be in [0,255], but the value is \"-1\""),
        ("harbor = true", "Invalid harbor \"true\", should be a number in [0,255]"),
        ("checkbuffers = 1", "should be true or false, but the value is \"1\""),
        ("cpath = './cservice/?.so;nothing'", "Invalid C service path"),
    ])
    func `a wrong value is one message with file, line and key`(line: String, text: String) throws {
        let error = try #require(failure("\n\(line)"))
        #expect(error.code == .invalidValue)
        #expect(error.key.map { line.hasPrefix($0) } == true)
        #expect(error.place?.line == 2)
        #expect(error.description == "\(error.place?.file ?? ""):2: \(error.key ?? ""): \(text)")
    }

    @Test func `an override wins over the file and may add a key`() throws {
        let configuration = try configuration("thread = 2", overrides: ["thread=3", "equation=a=b", "empty="])
        #expect(configuration.threads == 3)
        #expect(configuration.settings["equation"] == "a=b")
        #expect(configuration.settings["empty"] == "")
    }

    @Test func `an error in an override says so`() throws {
        #expect(
            failure("thread = 2", overrides: ["thread=abc"])?.description
                == "--set: thread: Invalid thread \"abc\", should be a number in [1,1024]"
        )
        #expect(failure("", overrides: ["thread"])?.description == "--set: expected key=value, got 'thread'")
        #expect(failure("", overrides: ["=1"])?.code == .invalidKey)
    }
}
