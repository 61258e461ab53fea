// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import LuaRuntime

/// A file of Tests/Vectors as a Lua value, so that a script can hold a module against it.
enum LuaVectors {
    /// The repository's root.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Makes a state with the modules and the vectors in the global `vectors`, beside a few small helpers.
    static func state(_ file: String?, modules: [LuaModule]) throws -> LuaState {
        let lua = try LuaState()
        try lua.openLibraries()
        for module in modules { preload(module, in: lua) }
        try lua.run(helpers(), chunkName: "=helpers")
        if let file { try lua.run("vectors = " + literal(of: file), chunkName: "=vectors") }
        return lua
    }

    /// `require` finds the module from now on.
    static func preload(_ module: LuaModule, in lua: LuaState) {
        lua.stack.pushGlobal("package")
        lua.stack.rawGet(-1, field: "loaded")
        lua.stack.push(module.name)
        module.push(on: lua.stack)
        lua.stack.rawSet(-3)
        lua.stack.pop(2)
    }

    private static func literal(of file: String) throws -> String {
        let data = try Data(contentsOf: root.appending(path: "Tests/Vectors/\(file)"))
        return try JSONDecoder().decode(JSONValue.self, from: data).luaLiteral
    }

    private static func helpers() -> String {
        """
        package.path = "\(root.path)/lualib/?.lua"
        package.cpath = package.cpath .. ";/usr/lib/x86_64-linux-gnu/lua/5.4/?.so;/usr/lib/aarch64-linux-gnu/lua/5.4/?.so"
        function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
        function unhex(s) return (s:gsub("%s", ""):gsub("%x%x", function(d) return string.char(tonumber(d, 16)) end)) end
        function same(found, wanted, what)
            if found ~= wanted then error(("%s: %s instead of %s"):format(what, found, wanted), 2) end
        end
        function same_error(wanted, what, f, ...)
            local ok, text = pcall(f, ...)
            if ok then error(what .. ": no error", 2) end
            -- The vectors have no position in front.
            same(text == wanted and text or text:gsub("^[^:]+:%d+: ", "", 1), wanted, what)
        end
        """
    }
}

/// JSON that tells numbers from booleans.
private enum JSONValue: Decodable {
    case null
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let float = try? value.decode(Double.self) {
            self = .float(float)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    var luaLiteral: String {
        switch self {
        case .null: "nil"
        case .boolean(let value): "\(value)"
        case .integer(let value): value == .min ? "math.mininteger" : "\(value)"
        case .float(let value): "\(value)"
        case .string(let value): Self.quote(value)
        case .list(let values): "{" + values.map(\.luaLiteral).joined(separator: ",") + "}"
        case .object(let fields):
            "{" + fields.map { "[\(Self.quote($0.key))]=\($0.value.luaLiteral)" }.joined(separator: ",") + "}"
        }
    }

    private static func quote(_ text: String) -> String {
        "\""
            + text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
                case 32..<127: String(UnicodeScalar(byte))
                default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
            }.joined() + "\""
    }
}
