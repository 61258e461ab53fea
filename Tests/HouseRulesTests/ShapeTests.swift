// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// What every file looks like, whichever room it is in.
@Suite struct ShapeTests {
    static let licence = """
        // This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
        // Licensed under the MIT License; see LICENSE.

        """

    @Test(arguments: Checkout.everything)
    func `a file is at most 400 lines long`(file: SourceFile) throws {
        let count = try file.lines.count
        #expect(count <= 400 + 1, "\(file.path) has \(count) lines and is probably two ideas")
    }

    @Test(arguments: Checkout.everything)
    func `a file mentions no absolute path of one machine`(file: SourceFile) throws {
        let machinePath = /(?:^|[\s"'=(\[`])\/(?:work|opt|root)\//
        for (number, line) in try file.lines.enumerated() where line.utf8.contains(UInt8(ascii: "/")) {
            #expect(line.firstMatch(of: machinePath) == nil, "\(file.path):\(number + 1)")
        }
    }

    @Test(arguments: Checkout.everything)
    func `a file leaves nothing to be done later`(file: SourceFile) throws {
        let words = Set(try file.text.split { !$0.isLetter }.map(String.init))
        let markers: Set<String> = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        #expect(words.isDisjoint(with: markers), "\(file.path)")
    }

    @Test(arguments: Checkout.everything.filter { $0.path.hasSuffix(".swift") && !$0.path.hasSuffix("Package.swift") })
    func `a Swift file opens with the licence`(file: SourceFile) throws {
        #expect(try file.text.hasPrefix(Self.licence))
    }

    @Test(arguments: Checkout.files(in: "service", withExtensions: ["lua"]))
    func `a service opens by saying which messages it accepts`(file: SourceFile) throws {
        #expect(try file.lines.prefix(2).allSatisfy { $0.hasPrefix("--") })
    }
}
