// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The targets of Package.swift and the arrows between them, as they are written there.
struct Manifest {
    /// Which of our own targets a target depends on.
    let arrows: [String: Set<String>]
    /// Which modules of other packages a target depends on.
    let products: [String: Set<String>]

    init(text: String) {
        let constants = text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/)
        let modules = Dictionary(uniqueKeysWithValues: constants.map { (String($0.1), String($0.2)) })
        var dependencies: [String: Set<String>] = [:]
        var products: [String: Set<String>] = [:]
        for declaration in text.matches(of: /\.(?:target|executableTarget|testTarget|systemLibrary)\(\s*name: "(\w+)"/)
        {
            let name = String(declaration.1)
            let body = Self.balanced(text[declaration.range.lowerBound...])
            let list = body.firstMatch(of: /dependencies: \[([^\]]*)\]/)?.1 ?? ""
            dependencies[name] = Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
            products[name] = Set(list.matches(of: /\w+/).compactMap { modules[String($0.0)] })
        }
        self.products = products
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
