// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// A Lua value outside any Lua state.
enum SharedValue: Sendable, Equatable {
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(SharedText)
    /// The address of a light userdata.
    case light(UInt)
    case native(LuaLightFunction)
    /// The number of a table or function in the image it belongs to.
    case object(Int32)
}

/// Where a string lies in the text of its image.
struct SharedText: Sendable, Equatable {
    let offset: Int
    let count: Int32
}

/// Why a value can't be shared, or shared data can't be read.
struct SharingFault: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }
}

/// A Lua table with all that is in it, outside any Lua state: what several states build tables from.
struct TableImage: Sendable {
    struct Entry: Sendable {
        let key: SharedValue
        let value: SharedValue
    }

    struct Table: Sendable {
        /// The length `rawlen` answered.
        let border: Int
        var entries: [Entry] = []
    }

    enum Object: Sendable {
        case table(Table)
        /// The precompiled form of a Lua function.
        case code(SharedText)
    }

    /// Number 0 is the table all this began with.
    var objects: [Object] = []
    /// All strings, one after the other.
    var text: [UInt8] = []

    /// The bytes of a string.
    func bytes(_ string: SharedText) -> ArraySlice<UInt8> {
        text[string.offset..<string.offset + Int(string.count)]
    }
}

extension LuaStack {
    /// Pushes a value that is no object of an image. Stack: +1.
    func push(_ value: SharedValue, text: [UInt8]) {
        switch value {
        case .boolean(let value): push(value)
        case .integer(let value): push(value)
        case .number(let value): push(value)
        case .string(let string): push(string, of: text)
        case .light(let address): push(lightUserdata: UnsafeMutableRawPointer(bitPattern: address))
        case .native(let function): function.push(on: self)
        case .object: preconditionFailure("objects are pushed by who knows how they are handed out")
        }
    }

    /// Pushes a string of an image. Stack: +1.
    func push(_ string: SharedText, of text: [UInt8]) {
        text.withUnsafeBytes { bytes in
            push(UnsafeRawBufferPointer(rebasing: bytes[string.offset..<string.offset + Int(string.count)]))
        }
    }
}
