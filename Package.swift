// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // The packet path crosses four of our targets; let the optimiser see through the walls.
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

// https://github.com/swiftlang/swift-evolution/blob/main/proposals/0443-warning-control-flags.md
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let swiftSettings = settings + strict

// https://github.com/swiftlang/swift-evolution/blob/main/proposals/0458-strict-memory-safety.md
let fencedSettings = swiftSettings + [.strictMemorySafety()]

let cSettings: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .release))]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let deques = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heaps = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "swiftgate",
    products: [
        .executable(name: "swiftgate", targets: ["swiftgate"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Layer 0 and 1: Lua, and what must be said to it in C.
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CMalloc", cSettings: cSettings),
        .target(name: "CLuaShim", dependencies: ["CLua"], cSettings: cSettings),
        .target(name: "Blocks", dependencies: ["CMalloc"], swiftSettings: swiftSettings),

        // Layer 2: rooms that do not know each other.
        .target(name: "LuaRuntime", dependencies: ["CLuaShim"], swiftSettings: fencedSettings),
        .target(
            name: "ServiceKernel",
            dependencies: ["Blocks", "CMalloc", deques, heaps],
            swiftSettings: swiftSettings
        ),
        .target(name: "NodeFiles", swiftSettings: swiftSettings),
        .target(
            name: "SocketDriver",
            dependencies: [
                "Blocks", "CEpoll", "COpenSSL", nioCore, nioPosix, nioHTTP, nioWebSocket, deques, heaps,
            ],
            swiftSettings: swiftSettings
        ),

        // Layer 3: where they meet.
        .target(
            name: "LuaServices",
            dependencies: ["Blocks", "LuaRuntime", "ServiceKernel", "SocketDriver", "NodeFiles", "COpenSSL"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Observability",
            dependencies: ["Blocks", "ServiceKernel", "NodeFiles"],
            swiftSettings: swiftSettings
        ),

        // Layer 4 and 5: one running node, and the command that starts it.
        .target(
            name: "GateNode",
            dependencies: [
                "CMalloc", "LuaRuntime", "ServiceKernel", "SocketDriver", "NodeFiles", "LuaServices",
                "Observability", lifecycle, signals,
            ],
            swiftSettings: swiftSettings
        ),
        .systemLibrary(name: "CEpoll"),
        .target(name: "LoadClient", dependencies: ["CEpoll", "COpenSSL"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "swiftgate",
            dependencies: ["GateNode", "LoadClient", arguments, logging, lifecycle, signals],
            swiftSettings: swiftSettings
        ),

        .testTarget(name: "BlocksTests", dependencies: ["Blocks"], swiftSettings: swiftSettings),
        .testTarget(name: "LuaRuntimeTests", dependencies: ["LuaRuntime"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ServiceKernelTests",
            dependencies: ["Blocks", "ServiceKernel"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SocketDriverTests",
            dependencies: ["Blocks", "SocketDriver", "COpenSSL", nioCore, nioHTTP, nioEmbedded],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "LuaServicesTests",
            dependencies: ["Blocks", "LuaServices", "LuaRuntime", "ServiceKernel", "SocketDriver"],
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "NodeFilesTests", dependencies: ["NodeFiles"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: ["Blocks", "Observability", "ServiceKernel"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "GateNodeTests",
            dependencies: ["Blocks", "GateNode", "SocketDriver"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: ["COpenSSL", "GateNode", "LoadClient", "swiftgate"],
            // A shared object for a node that the test compiles which needs it, and a script of another language.
            exclude: ["Support/allocations.c", "Support/websocket_client.py"],
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "LoadClientTests", dependencies: ["LoadClient"], swiftSettings: swiftSettings),
        .testTarget(name: "HouseRulesTests", swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)
