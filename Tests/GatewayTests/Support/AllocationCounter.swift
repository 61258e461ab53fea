// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// `allocations.c` as a shared object, which goes with this object: a node that preloads it counts its calls of the
/// allocator, and a script that requires `allocations` can ask for the count.
final class AllocationCounter {
    private let objects: SharedObjects
    private let object: URL

    init() throws {
        objects = try SharedObjects()
        object = objects.directory.appending(path: "allocations.so")
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "allocations.c")
        try SharedObjects.compile(source, into: object)
    }

    /// For the node that is to be counted.
    var environment: [String: String] { ["LD_PRELOAD": object.path()] }

    /// A line of its configuration, by which scripts find the module.
    var setting: String { "lua_cpath = \"\(objects.directory.path())?.so\"" }
}
