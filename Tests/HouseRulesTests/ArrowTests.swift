// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

/// Layers have arrows that point down only; the three rooms of layer 2 do not know each other.
@Suite struct ArrowTests {
    /// For each target, the rooms it may know.
    static let dependencies: [String: Set<String>] = [
        "CLua": [],
        "CMalloc": [],
        "CEpoll": [],
        "COpenSSL": [],
        "CLuaShim": ["CLua"],
        "Blocks": ["CMalloc"],
        "LuaRuntime": ["CLuaShim"],
        "ServiceKernel": ["Blocks", "CMalloc"],
        "SocketDriver": ["Blocks", "CEpoll", "COpenSSL"],
        "NodeFiles": [],
        "LuaServices": ["Blocks", "LuaRuntime", "ServiceKernel", "SocketDriver", "NodeFiles", "COpenSSL"],
        "Observability": ["Blocks", "ServiceKernel", "NodeFiles"],
        "GateNode": [
            "CMalloc", "LuaRuntime", "ServiceKernel", "SocketDriver", "NodeFiles", "LuaServices", "Observability",
        ],
        "LoadClient": ["CEpoll", "COpenSSL"],
        "swiftgate": ["GateNode", "LoadClient"],
    ]

    @Test func `every target is listed and depends only on rooms below it`() throws {
        let manifest = try Manifest(text: SourceFile(path: "Package.swift").text)
        #expect(manifest.arrows.count > Self.dependencies.count, "the manifest was not understood")
        for (target, arrows) in manifest.arrows where !target.hasSuffix("Tests") {
            let allowed = try #require(Self.dependencies[target], "\(target) is not listed")
            #expect(arrows.isSubset(of: allowed), "\(target) may not depend on \(arrows.subtracting(allowed))")
        }
    }

    @Test func `a room uses what it depends on`() throws {
        let manifest = try Manifest(text: SourceFile(path: "Package.swift").text)
        #expect(manifest.products.values.contains { $0.contains("NIOCore") }, "the manifest was not understood")
        for (target, arrows) in manifest.arrows {
            let files = Checkout.sources.filter { $0.room == target && $0.path.hasSuffix(".swift") }
            if files.isEmpty { continue }
            let imports = try files.reduce(into: Set<String>()) { $0.formUnion(try $1.imports) }
            let unused = arrows.union(manifest.products[target] ?? []).subtracting(imports)
            #expect(unused.isEmpty, "\(target) does not use \(unused)")
        }
    }

    /// Compiling a second one took two thirds of a clean build.
    @Test func `the system's OpenSSL is the only cryptographic library`() throws {
        let manifest = try SourceFile(path: "Package.swift").text
        #expect(!manifest.contains("swift-crypto") && !manifest.contains("swift-nio-ssl"))
    }

    @Test(arguments: Checkout.sources.filter { $0.path.hasSuffix(".swift") })
    func `a file imports only rooms its own room may know`(file: SourceFile) throws {
        let rooms = try file.imports.intersection(Self.dependencies.keys)
        let allowed = try #require(Self.dependencies[file.room], "\(file.room) is not listed")
        #expect(rooms.isSubset(of: allowed), "\(file.room) may not import \(rooms.subtracting(allowed))")
    }

    /// It would make the installed program four times as large.
    @Test(arguments: Checkout.sources.filter { $0.path.hasSuffix(".swift") })
    func `a room does without Foundation`(file: SourceFile) throws {
        #expect(try file.imports.isDisjoint(with: ["Foundation", "FoundationEssentials"]))
    }

    @Test func `the kernel has never heard of Lua or sockets and the driver never of services`() throws {
        for file in Checkout.sources where file.room == "ServiceKernel" {
            #expect(try file.imports.allSatisfy { !$0.hasPrefix("NIO") && !$0.hasPrefix("CLua") }, "\(file.path)")
        }
        for file in Checkout.sources where file.room == "LuaRuntime" {
            #expect(try file.imports.allSatisfy { !$0.hasPrefix("NIO") }, "\(file.path)")
        }
    }

    @Test(arguments: [
        ("public import NIOCore", "NIOCore"), ("@preconcurrency import Logging", "Logging"),
        ("import struct Foundation.Data", "Foundation"), ("internal import CLuaShim", "CLuaShim"),
    ])
    func `an import line is recognised in each of its forms`(line: String, module: String) throws {
        #expect(SourceFile.importedModule(line) == module)
    }
}
