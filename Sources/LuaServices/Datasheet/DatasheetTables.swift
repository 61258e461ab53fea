// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// The tables of one state that came from datasheets.
///
/// An *edition* is a full userdata for a datasheet in this state; its user value holds, weakly, the tables that were
/// made of it, by number. A table keeps its edition, the edition its document.
struct DatasheetTables {
    private static let stash = LuaStash(tables: [.keys, .keys, .values, .none])
    // The tables of the stash: table → edition, table → its number, address → edition, and `[1]`, the metatable.
    private static let owners: Int32 = 1
    private static let numbers: Int32 = 2
    private static let editions: Int32 = 3
    private static let shape: Int32 = 4

    private static let kind = LuaObjectKind<Edition>("datasheet edition", userValues: 1)

    private final class Edition {
        let sheet: Datasheet
        /// Tables that another one has the number of; negative keys of the user value.
        var doubles = 0

        init(_ sheet: Datasheet) { self.sheet = sheet }
    }

    private let stack: LuaStack

    init(_ stack: LuaStack) { self.stack = stack }

    // MARK: Editions

    /// Pushes the edition for the address that is argument `index`. Stack: +1.
    func pushEdition(_ index: Int32) throws(LuaError) {
        guard stack.type(index) == .lightUserdata else {
            throw .argument(index, "userdata expected, got \(stack.typeName(index))")
        }
        let sheet = try sheet(index)
        Self.stash.pushTable(Self.editions, on: stack)
        stack.copy(index)
        stack.rawGet(-2)
        // Another string may have taken the place of the one the edition was made of.
        if Self.kind.object(-1, on: stack)?.sheet !== sheet {
            stack.pop()
            Self.kind.push(Edition(sheet), on: stack)
            stack.pushTable(.values)
            stack.setUserValue(of: -2)
            stack.copy(index)
            stack.copy(-2)
            stack.rawSet(-4)
        }
        stack.remove(-2)
    }

    private func sheet(_ index: Int32) throws(LuaError) -> Datasheet {
        do throws(DatasheetDocument.Fault) {
            if let sheet = try DatasheetStrings.sheet(at: UInt(bitPattern: stack.userdata(index))) { return sheet }
        } catch {
            throw .message(error.text)
        }
        throw .argument(index, "the address of a datasheet expected; its string is gone, or it is none")
    }

    /// Pushes the edition that the table at `index` is of, or answers false and pushes nothing.
    func pushOwner(of index: Int32) -> Bool {
        guard stack.type(index) == .table else { return false }
        lookUp(Self.owners, index)
        if stack.type(-1) != .nil { return true }
        stack.pop()
        return false
    }

    /// Pushes what a table of the stash has for the value at `index`. Stack: +1.
    private func lookUp(_ table: Int32, _ index: Int32) {
        let index = stack.absolute(index)
        Self.stash.pushTable(table, on: stack)
        stack.copy(index)
        stack.rawGet(-2)
        stack.remove(-2)
    }

    // MARK: Tables

    /// Pushes table `number` of the edition at `edition`, the same one as long as it lives. Stack: +1.
    func pushTable(_ number: Int, of edition: Int32) throws(LuaError) {
        try stack.reserve(10)
        let edition = stack.absolute(edition)
        stack.pushUserValue(of: edition)
        if stack.rawGet(-1, index: number) == .nil {
            stack.pop()
            stack.pushTable()
            stack.push(number)
            note(Self.numbers, -2)
            own(-1, edition)
            stack.copy(-1)
            stack.rawSet(-3, index: number)
        }
        stack.remove(-2)
    }

    /// Makes the table at `index` an empty one of the edition.
    private func own(_ index: Int32, _ edition: Int32) {
        let index = stack.absolute(index)
        stack.copy(edition)
        note(Self.owners, index)
        pushMetatable()
        stack.setMetatable(of: index)
    }

    /// Gives the table at `index` the value on top in a table of the stash. Stack: -1.
    private func note(_ table: Int32, _ index: Int32) {
        let index = stack.absolute(index)
        Self.stash.pushTable(table, on: stack)
        stack.insert(at: -2)
        stack.copy(index)
        stack.insert(at: -2)
        stack.rawSet(-3)
        stack.pop()
    }

    private func pushMetatable() {
        Self.stash.pushTable(Self.shape, on: stack)
        if stack.rawGet(-1, index: 1) == .nil {
            stack.pop()
            LuaModule("datasheet", DatasheetCore.metamethods).push(on: stack)
            stack.copy(-1)
            stack.rawSet(-3, index: 1)
        }
        stack.remove(-2)
    }

    // MARK: Filling and emptying

    /// Fills the table at `index` from its edition; it is an ordinary table from now on.
    func fill(_ index: Int32, from edition: Int32) throws(LuaError) {
        guard let sheet = Self.kind.object(edition, on: stack)?.sheet else { throw .message("Invalid proxy") }
        lookUp(Self.numbers, index)
        let number = stack.integer(-1) ?? 0
        stack.pop()
        let rows: [DatasheetDocument.Row]
        do throws(DatasheetDocument.Fault) {
            rows = try sheet.document.rows(ofTable: number)
        } catch {
            throw .message(error.text)
        }
        stack.pushNil()
        stack.setMetatable(of: index)
        for (position, row) in rows.enumerated() {
            if row.value == .none { continue }
            if let key = row.key { push(sheet.document.bytes, key) } else { stack.push(position + 1) }
            try push(row.value, of: sheet, edition)
            stack.rawSet(index)
        }
    }

    private func push(_ value: DatasheetDocument.Value, of sheet: Datasheet, _ edition: Int32) throws(LuaError) {
        switch value {
        case .none: stack.pushNil()
        case .integer(let value): stack.push(value)
        case .number(let value): stack.push(Double(value))
        case .boolean(let value): stack.push(value)
        case .table(let number): try pushTable(number, of: edition)
        case .string(let range): push(sheet.document.bytes, range)
        }
    }

    private func push(_ bytes: [UInt8], _ range: Range<Int>) {
        bytes.withUnsafeBytes { stack.push(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Empties all tables of one edition and makes them tables of another, each with its number.
    func moveAll(from old: Int32, to new: Int32) {
        guard stack.identity(old) != stack.identity(new) else { return forEachTable(of: old, empty) }
        stack.pushUserValue(of: new)
        let members = stack.count
        forEachTable(of: old) { table in
            empty(table)
            own(table, new)
            lookUp(Self.numbers, table)
            let number = stack.integer(-1) ?? 0
            stack.pop()
            stack.rawGet(members, index: number)
            let isTaken = stack.type(-1) != .nil
            stack.pop()
            stack.copy(table)
            stack.rawSet(members, index: isTaken ? nextDouble(new) : number)
        }
        stack.pop()
    }

    private func nextDouble(_ edition: Int32) -> Int {
        guard let edition = Self.kind.object(edition, on: stack) else { return -1 }
        edition.doubles += 1
        return -edition.doubles
    }

    /// Lets `body` have the index of each table of the edition.
    private func forEachTable(of edition: Int32, _ body: (Int32) -> Void) {
        stack.pushUserValue(of: edition)
        let members = stack.count
        stack.pushNil()
        while stack.next(members) {
            body(stack.count)
            stack.pop()
        }
        stack.pop()
    }

    /// Takes everything out of a table, and gives it the metatable that fills it again.
    private func empty(_ table: Int32) {
        stack.pushNil()
        while stack.next(table) {
            stack.pop()
            stack.copy(-1)
            stack.pushNil()
            stack.rawSet(table)
        }
        pushMetatable()
        stack.setMetatable(of: table)
    }
}
