// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// What may be in a table that is to be shared.
struct SharingPolicy: Sendable {
    /// Why the value at an index can't be a key; nil when it can.
    let refuseKey: @Sendable (LuaStack, Int32) -> String?
    /// Why the value at an index, which is no table, can't be shared; nil when it can.
    let refuseValue: @Sendable (LuaStack, Int32) -> String?
    let allowsMetatables: Bool
}

/// Copies a table out of a Lua state.
///
/// Depth first, with the tables and keys on the way kept on the Lua stack and not in Swift's frames, so that no depth
/// is too deep for anything but the Lua stack. Nothing is allocated in the state meanwhile: a collection might run a
/// finalizer, and that change a table under the traversal.
struct TableCapture {
    private let stack: LuaStack
    private let policy: SharingPolicy
    private var image = TableImage()
    /// The numbers of tables and functions, by identity.
    private var numbers: [UInt: Int32] = [:]
    /// Strings of the state that are in the text already, by identity.
    private var strings: [UInt: SharedText] = [:]

    /// The image of the table at `index`. A table met twice is in it once; circles are fine.
    static func image(
        of index: Int32,
        on stack: LuaStack,
        policy: SharingPolicy
    ) throws(SharingFault) -> TableImage {
        var capture = TableCapture(stack: stack, policy: policy)
        let height = stack.count
        defer { stack.count = height }
        do throws(LuaError) { try stack.reserve(6) } catch { throw SharingFault(error.text) }
        stack.copy(index)
        try capture.walk()
        return capture.image
    }

    private init(stack: LuaStack, policy: SharingPolicy) {
        self.stack = stack
        self.policy = policy
    }

    /// A table that is being walked: it lies on the Lua stack, with the key to go on from above it.
    private struct Open {
        let number: Int32
        var table: TableImage.Table
    }

    private mutating func walk() throws(SharingFault) {
        var open = [try enter()]
        while let number = open.last?.number {
            guard stack.next(-2) else {
                stack.pop()
                image.objects[Int(number)] = .table(open.removeLast().table)
                continue
            }
            let key = try key(-2)
            guard stack.type(-1) == .table else {
                open[open.count - 1].table.entries.append(.init(key: key, value: try value(-1)))
                stack.pop()
                continue
            }
            let known = numbers[stack.identity(-1)]
            if let known {
                open[open.count - 1].table.entries.append(.init(key: key, value: .object(known)))
                stack.pop()
            } else {
                let child = try enter()
                open[open.count - 1].table.entries.append(.init(key: key, value: .object(child.number)))
                open.append(child)
            }
        }
    }

    /// Begins to walk the table on top. Stack: +1, the key nil.
    private mutating func enter() throws(SharingFault) -> Open {
        if !policy.allowsMetatables, stack.pushMetatable(of: -1) { throw SharingFault("Can't share metatable") }
        do throws(LuaError) { try stack.reserve(6) } catch { throw SharingFault(error.text) }
        let table = TableImage.Table(border: stack.rawLength(-1))
        let number = try append(.table(table), of: -1)
        stack.pushNil()
        return Open(number: number, table: table)
    }

    /// Gives the object at `index` a number.
    private mutating func append(_ object: TableImage.Object, of index: Int32) throws(SharingFault) -> Int32 {
        guard image.objects.count < Self.objectLimit else { throw SharingFault("too many tables to share") }
        let number = Int32(image.objects.count)
        image.objects.append(object)
        numbers[stack.identity(index)] = number
        return number
    }

    /// As many as the number of a table in a light userdata can tell apart; see ``SharedHandle``.
    private static let objectLimit = 1 << 28

    private mutating func key(_ index: Int32) throws(SharingFault) -> SharedValue {
        if let refusal = policy.refuseKey(stack, index) { throw SharingFault(refusal) }
        return try scalar(index)
    }

    private mutating func value(_ index: Int32) throws(SharingFault) -> SharedValue {
        if let refusal = policy.refuseValue(stack, index) { throw SharingFault(refusal) }
        return try scalar(index)
    }

    private mutating func scalar(_ index: Int32) throws(SharingFault) -> SharedValue {
        switch stack.type(index) {
        case .boolean: return .boolean(stack.boolean(index))
        case .number:
            if stack.isInteger(index), let integer = stack.integer(index) { return .integer(integer) }
            return .number(stack.number(index) ?? 0)
        case .string: return .string(try string(index))
        case .lightUserdata: return .light(UInt(bitPattern: stack.userdata(index)))
        case .function: return try function(index)
        default: throw SharingFault("Invalid type [\(stack.typeName(index))]")
        }
    }

    private mutating func string(_ index: Int32) throws(SharingFault) -> SharedText {
        guard let bytes = stack.bytes(index) else { throw SharingFault("a string is expected") }
        let identity = UInt(bitPattern: bytes.baseAddress)
        if let known = strings[identity] { return known }
        let text = try keep(bytes)
        strings[identity] = text
        return text
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) throws(SharingFault) -> SharedText {
        guard let count = Int32(exactly: bytes.count) else { throw SharingFault("too long a string to share") }
        let text = SharedText(offset: image.text.count, count: count)
        image.text.append(contentsOf: bytes)
        return text
    }

    private mutating func function(_ index: Int32) throws(SharingFault) -> SharedValue {
        if let native = LuaLightFunction(index, on: stack) { return .native(native) }
        if let known = numbers[stack.identity(index)] { return .object(known) }
        stack.copy(index)
        defer { stack.pop() }
        return .object(try append(.code(try keep(stack.dump())), of: -1))
    }
}
