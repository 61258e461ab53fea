// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Foundation
import LuaRuntime
import LuaServices
import Testing

/// A Lua state with native modules as globals, and `hex` and `unhex` to speak of bytes.
struct NativeLua {
    let lua: LuaState

    init(_ modules: [String: LuaModule]) throws {
        lua = try LuaState()
        try lua.openLibraries()
        for (name, module) in modules {
            module.push(on: lua.stack)
            lua.stack.setGlobal(name)
        }
        try run(
            """
            function hex(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
            function unhex(text) return (text:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)) end
            function fails(expected, f, ...)
                local ok, text = pcall(f, ...)
                if ok then error("no error, expected: " .. expected, 2) end
                if not tostring(text):find(expected, 1, true) then
                    error("expected '" .. expected .. "', got '" .. tostring(text) .. "'", 2)
                end
            end
            """
        )
    }

    func run(_ source: String) throws { try lua.run(source, chunkName: "=test") }
}

/// A file of Tests/Vectors.
func vectors<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Vectors")
    return try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
}

/// Repeats work and finds whether it leaves blocks behind. Other tests run meanwhile and hold blocks of their own, so
/// it is the number of repetitions that tells a leak from their noise.
func leavesNoBlocks(repetitions: Int = 2000, _ work: () throws -> Void) throws -> Bool {
    for _ in 0..<5 {
        let before = MemoryBlock.liveBlocks
        for _ in 0..<repetitions { try work() }
        if MemoryBlock.liveBlocks - before < repetitions / 2 { return true }
    }
    return false
}

func bytes(hex: String) -> [UInt8] {
    var digits = hex[...]
    var bytes: [UInt8] = []
    while !digits.isEmpty {
        bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
        digits = digits.dropFirst(2)
    }
    return bytes
}

extension MemoryBlock {
    init(_ bytes: [UInt8], tailRoom: Int = 0) {
        let block = MemoryBlock.allocate(bytes.count + tailRoom)
        UnsafeMutableRawBufferPointer(start: block, count: bytes.count).copyBytes(from: bytes)
        self.init(adopting: block, count: bytes.count)
    }

    var array: [UInt8] { [UInt8](bytes) }
}
