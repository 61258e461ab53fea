// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// The README promises modules; the promise is kept, and nothing that is there goes unmentioned as missing.
@Suite struct CompatibilityTableTests {
    struct Promise: CustomTestStringConvertible {
        let module: String
        let isKept: Bool

        var testDescription: String { "\(module) \(isKept ? "is there" : "is not there")" }
    }

    /// The rows of the table, one promise per module named in the first column.
    static var promises: [Promise] {
        get throws {
            try SourceFile(path: "README.md").lines.flatMap { line -> [Promise] in
                guard let row = line.wholeMatch(of: /\| (`[^|]*`) \| (works|differs|no) \|.*/) else { return [] }
                return row.1.matches(of: /`([^`]+)`/)
                    .map { Promise(module: String($0.1), isKept: row.2 != "no") }
            }
        }
    }

    @Test func `a module is there exactly when the table says so`() throws {
        let promises = try Self.promises
        #expect(promises.count > 20, "the table was not understood")
        let natives = try Checkout.sources.filter { $0.room == "LuaServices" }.map { try $0.text }.joined()
        for promise in promises {
            let path = "lualib/" + promise.module.replacing(".", with: "/")
            let isScript = ["\(path).lua", "\(path)/init.lua"].contains { file in
                FileManager.default.fileExists(atPath: Checkout.root.appending(path: file).path)
            }
            let exists = isScript || natives.contains("\"\(promise.module)\"")
            #expect(exists == promise.isKept, "\(promise.testDescription), says the README")
        }
    }
}
