// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import Synchronization

/// An immutable tree of tables that all services read, with what scripts say about it: how many of them use it, and
/// whether there is a newer one.
final class SharedDocument: Sendable {
    let tree: DocumentTree
    /// Counts for the scripts only: the memory is held by whoever reads it, whatever they count.
    private let users = Atomic<Int>(0)
    private let dirty = Atomic<Bool>(false)
    private let deleted = Atomic<Bool>(false)

    init(_ tree: DocumentTree) { self.tree = tree }

    var userCount: Int { users.load(ordering: .relaxed) }

    func addUser(_ count: Int) -> Int { users.add(count, ordering: .relaxed).newValue }

    var isDirty: Bool { dirty.load(ordering: .acquiring) }

    func markDirty() { dirty.store(true, ordering: .releasing) }

    var isDeleted: Bool { deleted.load(ordering: .relaxed) }

    func markDeleted() { deleted.store(true, ordering: .relaxed) }
}

/// Finds documents by the light userdata that scripts hold.
///
/// A state remembers, as long as its collector lets it, the documents it has read: reading takes no lock, and counts no
/// reference that other threads count.
enum SharedDocuments {
    private static let documents = ObjectTable<SharedDocument>()
    private static let kind = LuaObjectKind<SharedDocument>("shared document")

    /// Makes a document known; answers the handle of its root.
    static func issue(_ document: SharedDocument) throws(LuaError) -> UInt {
        try SharedHandle(.document, number: documents.insert(document)).word
    }

    /// The document is unknown from now on; who is reading it may go on.
    static func withdraw(_ handle: SharedHandle) { documents.remove(handle.number)?.markDeleted() }

    /// The document that argument `index` belongs to.
    static func require(_ index: Int32, on stack: LuaStack) throws(LuaError) -> (SharedDocument, SharedHandle) {
        let handle = try requireHandle(index, on: stack)
        guard let document = documents[handle.number], handle.table < document.tree.count else { throw gone }
        return (document, handle)
    }

    /// Lets `body` read the table that argument `index` is.
    @inline(__always)
    static func read<Result>(
        _ index: Int32,
        on stack: LuaStack,
        _ body: (SharedDocument, SharedHandle) -> Result
    ) throws(LuaError) -> Result {
        let handle = try requireHandle(index, on: stack)
        if stack.pushRegistry(documents) == .nil { pushMemory(on: stack) }
        if stack.rawGet(-1, index: Int(handle.number)) == .nil { try remember(handle, on: stack) }
        // The userdata stays on the stack, and the document with it.
        guard let document = kind.reference(-1, on: stack) else { throw gone }
        let result: Result? = document.use { document in
            document.isDeleted || handle.table >= document.tree.count ? nil : body(document, handle)
        }
        guard let result else { throw gone }
        return result
    }

    /// Makes the table of documents that this state has read, in the place of the nil on top.
    private static func pushMemory(on stack: LuaStack) {
        stack.pop()
        stack.pushTable(.values)
        stack.copy(-1)
        stack.setRegistry(documents)
    }

    /// Puts the document in the place of the nil on top, and into the table below.
    private static func remember(_ handle: SharedHandle, on stack: LuaStack) throws(LuaError) {
        guard let document = documents[handle.number] else { throw gone }
        stack.pop()
        kind.push(document, on: stack)
        stack.copy(-1)
        stack.rawSet(-3, index: Int(handle.number))
    }

    @inline(__always)
    private static func requireHandle(_ index: Int32, on stack: LuaStack) throws(LuaError) -> SharedHandle {
        if let handle = stack.handle(index, .document) { return handle }
        if stack.type(index) == .lightUserdata { throw gone }
        throw .message("Need a conf object")
    }

    private static let gone = LuaError.message("Need a conf object: this one was deleted, or is none")
}
