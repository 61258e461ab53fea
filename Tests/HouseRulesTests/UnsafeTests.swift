// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

/// What the compiler cannot prove is said in few places, each with its reason.
@Suite struct UnsafeTests {
    /// The files that may use an unsafe marker, and why.
    static let allowed: [String: String] = [
        "Sources/LuaRuntime/LuaInterrupt.swift": "another thread touches only the atomic word of a state's context",
        "Sources/LuaRuntime/LuaStack.swift": "a native function borrows the owner, which outlives its state",
        "Sources/LuaRuntime/LuaState.swift": "the state borrows its owner, which outlives it",
        "Sources/LuaRuntime/LuaUserdata.swift": "a userdata holds one count of its object until it is collected",
    ]

    static let markers = ["Unmanaged", "@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast"]

    @Test(arguments: Checkout.sources.filter { $0.path.hasSuffix(".swift") })
    func `an unsafe marker appears only in a file with a reason`(file: SourceFile) throws {
        let used = try file.codeLines.filter { entry in Self.markers.contains { entry.line.contains($0) } }
        let isAllowed = Self.allowed[file.path] != nil
        #expect(used.isEmpty || isAllowed, "\(file.path), lines \(used.map(\.number))")
        #expect(!used.isEmpty || !isAllowed, "\(file.path) no longer needs its exception")
    }

    @Test func `every exception names a file that exists`() {
        #expect(Set(Self.allowed.keys).isSubset(of: Checkout.sources.map(\.path)))
    }
}
