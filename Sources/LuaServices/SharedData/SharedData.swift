// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `skynet.sharedata.core`: documents that are made once and read by all services.
public enum SharedData {
    public static let module = LuaModule(
        "skynet.sharedata.core",
        [
            LuaFunction("new") { LuaFunction.enter($0, new) },
            LuaFunction("delete") { LuaFunction.enter($0, delete) },
            LuaFunction("getref") { LuaFunction.enter($0) { stack throws(LuaError) in try count(stack, 0) } },
            LuaFunction("incref") { LuaFunction.enter($0) { stack throws(LuaError) in try count(stack, 1) } },
            LuaFunction("decref") { LuaFunction.enter($0) { stack throws(LuaError) in try count(stack, -1) } },
            LuaFunction("markdirty") { LuaFunction.enter($0, markDirty) },
            LuaFunction("isdirty") { LuaFunction.enter($0, isDirty) },
            LuaFunction("box") { LuaFunction.enter($0, box) },
            LuaFunction("update") { LuaFunction.enter($0, update) },
            LuaFunction("needupdate") { LuaFunction.enter($0, needUpdate) },
            LuaFunction("index") { LuaFunction.enter($0, index) },
            LuaFunction("read") { LuaFunction.enter($0, read) },
            LuaFunction("nextkey") { LuaFunction.enter($0, nextKey) },
            LuaFunction("len") { LuaFunction.enter($0, length) },
            LuaFunction("hashlen") { LuaFunction.enter($0, hashLength) },
        ]
    )

    // MARK: The side that keeps documents

    private static let policy = SharingPolicy(
        refuseKey: { stack, index in
            switch stack.type(index) {
            case .string: return nil
            case .number: return stack.isInteger(index) ? nil : "Invalid key \(stack.text(index))"
            default: return "Invalid key type \(stack.typeName(index))"
            }
        },
        refuseValue: { stack, index in
            switch stack.type(index) {
            case .boolean, .number, .string: nil
            default: "Unsupport value type \(stack.typeName(index))"
            }
        },
        allowsMetatables: true
    )

    /// `new(table)`: the root of a new document, which nobody uses yet.
    private static func new(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try stack.requireTable(1)
        let tree: DocumentTree
        do throws(SharingFault) {
            tree = try DocumentTree(try TableCapture.image(of: 1, on: stack, policy: policy))
        } catch {
            throw .message(error.text)
        }
        stack.push(handle: try SharedDocuments.issue(SharedDocument(tree)))
        return 1
    }

    private static func delete(_ stack: LuaStack) throws(LuaError) -> Int32 {
        SharedDocuments.withdraw(try SharedDocuments.require(1, on: stack).1)
        return 0
    }

    private static func count(_ stack: LuaStack, _ change: Int) throws(LuaError) -> Int32 {
        let document = try SharedDocuments.require(1, on: stack).0
        stack.push(change == 0 ? document.userCount : document.addUser(change))
        return 1
    }

    private static func markDirty(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try SharedDocuments.require(1, on: stack).0.markDirty()
        return 0
    }

    // MARK: The side that reads

    /// What a reader holds: counted while it lives, and told of the document that comes after.
    private final class Box {
        let document: SharedDocument
        let root: UInt
        var successor: UInt?

        init(_ document: SharedDocument, root: UInt) {
            self.document = document
            self.root = root
            _ = document.addUser(1)
        }

        deinit { _ = document.addUser(-1) }
    }

    private static let boxes = LuaObjectKind<Box>("conf box", userValues: 1)

    private static func box(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (document, handle) = try SharedDocuments.require(1, on: stack)
        boxes.push(Box(document, root: handle.word), on: stack)
        return 1
    }

    /// `update(box, root, table)`: `needupdate(box)` answers both from now on.
    private static func update(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let box = try boxes.require(1, on: stack)
        guard stack.type(2) == .lightUserdata else { throw stack.typeError(2, expected: "light userdata") }
        try stack.requireTable(3)
        let (_, handle) = try SharedDocuments.require(2, on: stack)
        guard handle.word != box.root else { throw .message("You should update a new object") }
        box.successor = handle.word
        stack.copy(3)
        stack.setUserValue(of: 1)
        return 0
    }

    private static func needUpdate(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let successor = try boxes.require(1, on: stack).successor else { return 0 }
        stack.push(handle: successor)
        stack.pushUserValue(of: 1)
        return 2
    }

    private static func isDirty(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(try SharedDocuments.read(1, on: stack) { document, _ in document.isDirty })
        return 1
    }

    private static func length(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(
            try SharedDocuments.read(1, on: stack) { document, handle in document.tree.arrayCount(handle.table) }
        )
        return 1
    }

    private static func hashLength(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(try SharedDocuments.read(1, on: stack) { document, handle in document.tree.hashCount(handle.table) })
        return 1
    }

    /// `index(object, key)`: nothing for an unknown key, nil for a hole of the array.
    private static func index(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let key = try requireKey(stack)
        return try SharedDocuments.read(1, on: stack) { document, handle in
            push(key, of: document, handle, on: stack)
        }
    }

    /// `read(object, key)`: `isdirty(object)` and `index(object, key)` in one, which is what every access needs.
    private static func read(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let key = try requireKey(stack)
        return try SharedDocuments.read(1, on: stack) { document, handle in
            stack.push(document.isDirty)
            return 1 + push(key, of: document, handle, on: stack)
        }
    }

    /// Pushes the value of a key; answers how many values that is. Stack: +0 or +1.
    @inline(__always)
    private static func push(
        _ key: DocumentTree.Key,
        of document: SharedDocument,
        _ handle: SharedHandle,
        on stack: LuaStack
    ) -> Int32 {
        guard let place = document.tree.place(of: key, in: handle.table) else { return 0 }
        switch document.tree.value(at: place, in: handle.table) {
        case nil: stack.pushNil()
        case .object(let table): stack.push(handle: handle.sibling(Int(table)))
        case let value?: stack.push(value, text: document.tree.text)
        }
        return 1
    }

    private static func requireKey(_ stack: LuaStack) throws(LuaError) -> DocumentTree.Key {
        guard stack.type(2) == .number else { return .text(try stack.requireBytes(2)) }
        guard stack.isInteger(2), let key = stack.integer(2) else {
            throw .message("Invalid key \(stack.text(2))")
        }
        return .integer(Int32(truncatingIfNeeded: key))
    }

    /// `nextkey(object [, key])`: the key after; nothing at the end, and for a key that is not there.
    private static func nextKey(_ stack: LuaStack) throws(LuaError) -> Int32 {
        var key: DocumentTree.Key?
        if !stack.isNoneOrNil(2) {
            if stack.type(2) == .number, !stack.isInteger(2) { return 0 }
            key = try requireKey(stack)
        }
        return try SharedDocuments.read(1, on: stack) { document, handle in
            var place = 0
            if let key {
                guard let last = document.tree.place(of: key, in: handle.table) else { return 0 }
                place = last + 1
            }
            guard let next = document.tree.key(from: place, in: handle.table) else { return 0 }
            stack.push(next, text: document.tree.text)
            return 1
        }
    }
}

extension LuaStack {
    /// The text of a number, which stays a number.
    fileprivate func text(_ index: Int32) -> String {
        copy(index)
        defer { pop() }
        return string(-1) ?? "?"
    }
}
