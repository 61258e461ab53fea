// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import GateNode

@Suite struct InstallationTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory([
            "game/config": "", "gate/lualib/loader.lua": "", "gate/bin/swiftgate": "", "else/bin/swiftgate": "",
            "usr/bin/swiftgate": "", "usr/share/swiftgate/lualib/loader.lua": "", "usr/share/lualib/loader.lua": "",
        ])
    }

    private func find(
        _ environment: [String: String] = [:],
        executable: String = "else/bin/swiftgate",
        workingDirectory: String = "game"
    ) throws -> Installation? {
        try Installation.find(
            environment: environment,
            executable: scratch[executable],
            workingDirectory: scratch[workingDirectory]
        )
    }

    @Test func `the environment variable comes first`() throws {
        #expect(try find(["SWIFTGATE_HOME": scratch["gate/"]])?.home == scratch["gate"])
    }

    @Test func `an environment variable that names no installation is an error`() {
        let error = #expect(throws: ConfigurationError.self) { try find(["SWIFTGATE_HOME": scratch["game"]]) }
        #expect(error?.description == "SWIFTGATE_HOME: \(scratch["game"])/lualib/loader.lua does not exist")
    }

    @Test func `it is found where make install puts it`() throws {
        #expect(try find(executable: "usr/bin/swiftgate")?.home == scratch["usr/share/swiftgate"])
        #expect(
            try find(executable: "usr/bin/swiftgate", workingDirectory: "gate")?.home == scratch["usr/share/swiftgate"]
        )
        #expect(try find(["SWIFTGATE_HOME": scratch["gate"]], executable: "usr/bin/swiftgate")?.home == scratch["gate"])
    }

    @Test func `it is found above the executable`() throws {
        #expect(try find(executable: "gate/bin/swiftgate")?.home == scratch["gate"])
        #expect(try find(executable: "gate/.build/release/swiftgate")?.home == scratch["gate"])
    }

    @Test func `it is found beside the executable`() throws {
        #expect(try find(executable: "gate/swiftgate")?.home == scratch["gate"])
    }

    @Test func `it is found at or above the working directory`() throws {
        #expect(try find(workingDirectory: "gate")?.home == scratch["gate"])
        #expect(try find(workingDirectory: "gate/bin")?.home == scratch["gate"])
    }

    @Test func `there may be none`() throws {
        #expect(try find() == nil)
    }

    @Test func `a running test finds the checkout it was built in`() throws {
        #expect(try Installation.find() != nil)
    }

    @Test func `its parts are below it`() throws {
        let installation = try #require(Installation(home: scratch["gate"]))
        #expect(installation.loader == scratch["gate/lualib/loader.lua"])
        #expect(installation.services == scratch["gate/service/?.lua"])
    }
}
