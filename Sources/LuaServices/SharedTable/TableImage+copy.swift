// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// Building a state's own tables from an image.
extension TableImage {
    /// Pushes a copy of table 0, with all that is in it. Stack: +1.
    ///
    /// - Parameter roots: where a table is on the stack that gets an entry for each table of the copy, with table 0 as
    ///   its value.
    func materialise(on stack: LuaStack, marking roots: Int32) throws(LuaError) {
        try stack.reserve(8)
        stack.pushTable(array: Int32(clamping: objects.count))
        let holder = stack.count
        for (number, object) in objects.enumerated() {
            try pushEmpty(object, on: stack)
            stack.rawSet(holder, index: number + 1)
        }
        stack.rawGet(holder, index: 1)
        let root = stack.count
        for (number, object) in objects.enumerated() {
            guard case .table(let table) = object else { continue }
            stack.rawGet(holder, index: number + 1)
            fill(table, from: holder, on: stack)
            stack.copy(root)
            stack.rawSet(roots)
        }
        stack.remove(holder)
    }

    /// Pushes the object, a table without its content. Stack: +1.
    private func pushEmpty(_ object: Object, on stack: LuaStack) throws(LuaError) {
        switch object {
        case .table(let table):
            let length = min(table.border, table.entries.count)
            stack.pushTable(
                array: Int32(clamping: length),
                fields: Int32(clamping: table.entries.count - length)
            )
        case .code(let code):
            let status = text.withUnsafeBytes { bytes in
                stack.load(UnsafeRawBufferPointer(rebasing: bytes[code.range]), chunkName: "=shared", mode: "b")
            }
            try stack.check(status)
        }
    }

    /// Fills the table on top.
    private func fill(_ table: Table, from holder: Int32, on stack: LuaStack) {
        for entry in table.entries {
            push(entry.key, from: holder, on: stack)
            push(entry.value, from: holder, on: stack)
            stack.rawSet(-3)
        }
    }

    private func push(_ value: SharedValue, from holder: Int32, on stack: LuaStack) {
        if case .object(let number) = value {
            stack.rawGet(holder, index: Int(number) + 1)
        } else {
            stack.push(value, text: text)
        }
    }
}
