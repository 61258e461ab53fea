// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import Synchronization

/// Datasheets that are Lua strings of some state, by the address of their bytes.
///
/// Whoever made the string keeps it; its end is told by the state's allocator. Until then its bytes may be read, here
/// and under the lock only. The first reader's copy serves all others, as long as the string or a reader lives.
enum DatasheetStrings {
    private struct Entry: Sendable {
        let count: Int
        var sheet: Datasheet?
    }

    private static let entries = Mutex<[UInt: Entry]>([:])

    /// Makes the string at `index` known; answers the address of its bytes.
    static func note(_ index: Int32, on stack: LuaStack) throws(LuaError) -> UInt {
        let count = try stack.requireBytes(index).count
        let address = stack.watchString(index) { bytes in
            DatasheetStrings.forget(UInt(bitPattern: bytes))
        }
        guard address != 0 else { throw .message("not enough memory") }
        entries.withLock { entries in
            if entries[address] == nil { entries[address] = Entry(count: count) }
        }
        return address
    }

    private static func forget(_ address: UInt) { entries.withLock { $0[address] = nil } }

    /// The datasheet at an address; nil when there is no string that was made known.
    static func sheet(at address: UInt) throws(DatasheetDocument.Fault) -> Datasheet? {
        let made: Result<Datasheet, DatasheetDocument.Fault>? = entries.withLock { entries in
            guard let entry = entries[address], let start = UnsafeRawPointer(bitPattern: address) else { return nil }
            if let sheet = entry.sheet { return .success(sheet) }
            let bytes = [UInt8](UnsafeRawBufferPointer(start: start, count: entry.count))
            do throws(DatasheetDocument.Fault) {
                let sheet = Datasheet(try DatasheetDocument(bytes))
                entries[address]?.sheet = sheet
                return .success(sheet)
            } catch {
                return .failure(error)
            }
        }
        return try made?.get()
    }
}

/// A document that several states read.
final class Datasheet: Sendable {
    let document: DatasheetDocument

    init(_ document: DatasheetDocument) { self.document = document }
}
