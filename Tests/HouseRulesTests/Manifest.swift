// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The targets of Package.swift and the arrows between them, as they are written there.
struct Manifest {
    /// Which of our own targets a target depends on.
    let arrows: [String: Set<String>]

    init(text: String) {
        var dependencies: [String: Set<String>] = [:]
        for declaration in text.matches(of: /\.(?:target|executableTarget|testTarget|systemLibrary)\(\s*name: "(\w+)"/)
        {
            let name = String(declaration.1)
            let body = Self.balanced(text[declaration.range.lowerBound...])
            let list = body.firstMatch(of: /dependencies: \[([^\]]*)\]/)?.1 ?? ""
            dependencies[name] = Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
        }
        self.arrows = dependencies.mapValues { $0.intersection(dependencies.keys) }
    }

    /// The text up to the parenthesis that closes the first one.
    private static func balanced(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" {
                depth -= 1
                if depth == 0 { return text[...index] }
            }
        }
        return text
    }
}
