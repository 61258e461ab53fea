// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// The sources these rules are about, found from where this file was compiled.
enum Checkout {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All files below `folder` whose names end in one of `extensions`, as paths relative to the checkout.
    static func files(in folder: String, withExtensions extensions: Set<String>) -> [SourceFile] {
        let base = root.appending(path: folder)
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return paths.sorted()
            .filter { extensions.contains(URL(filePath: $0).pathExtension) && !$0.contains(".build") }
            .map { SourceFile(path: "\(folder)/\($0)") }
    }

    /// Every Swift and C file of the rooms.
    static let sources = files(in: "Sources", withExtensions: ["swift", "c", "h"])

    /// Every file that a reader may open, whatever its language.
    static let everything =
        sources + files(in: "Tests", withExtensions: ["swift", "c", "h", "lua", "md", "sh"])
        + ["lualib", "service", "examples", "docs"].flatMap { files(in: $0, withExtensions: ["lua", "md"]) }
        + ["Package.swift", "Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".ci/run"]
        .map(SourceFile.init(path:))
}

/// One file of the checkout.
struct SourceFile: Sendable, CustomTestStringConvertible {
    let path: String

    var testDescription: String { path }

    var text: String {
        get throws { try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8) }
    }

    var lines: [Substring] {
        get throws { try text.split(separator: "\n", omittingEmptySubsequences: false) }
    }

    /// The lines that are code, with their numbers; a comment may name what code may not use.
    var codeLines: [(number: Int, line: Substring)] {
        get throws {
            try lines.enumerated()
                .filter { !$0.element.drop(while: \.isWhitespace).hasPrefix("//") }
                .map { (number: $0.offset + 1, line: $0.element) }
        }
    }

    /// The target a file under Sources belongs to.
    var room: String { String(path.split(separator: "/")[1]) }

    /// The modules a Swift file imports.
    var imports: Set<String> {
        get throws {
            Set(try codeLines.filter { $0.line.contains("import ") }.compactMap { Self.importedModule($0.line) })
        }
    }

    /// The module that a line imports, if it is an import line.
    static func importedModule(_ line: some StringProtocol) -> String? {
        let form = /^(?:@\w+(?:\(\w+\))? )?(?:\w+ )?import (?:(?:struct|class|enum|protocol|func) )?(\w+)/
        return Substring(line).firstMatch(of: form).map { String($0.1) }
    }
}
