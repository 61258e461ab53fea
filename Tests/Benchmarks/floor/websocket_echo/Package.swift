// swift-tools-version: 6.2
import PackageDescription

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")

/// Built by `Tests/Benchmarks/run` for the row that needs it, with the swift-nio of the package above.
let package = Package(
    name: "websocket-floor",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.2")],
    targets: [
        .executableTarget(name: "websocket_echo", dependencies: [nioCore, nioPosix, nioHTTP, nioWebSocket])
    ],
    swiftLanguageModes: [.v6]
)
