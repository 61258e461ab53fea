// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import LuaServices
import Testing

/// The script that attacks native functions lists the modules it attacks.
@Suite struct HostileScriptTests {
    @Test(arguments: NativeModules.all.map(\.name))
    func `every native module is attacked`(module: String) throws {
        let path = "../../Scripts/library/hostile_natives.lua"
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: path)
        let list = try String(contentsOf: script, encoding: .utf8).prefix { $0 != "}" }
        #expect(list.contains("\"\(module)\""))
    }
}
