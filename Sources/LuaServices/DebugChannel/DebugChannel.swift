// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `skynet.debugchannel`: how a debugger's input reaches the service it debugs, and how it stops handlers.
///
/// The agent `create`s a channel and sends the handle it got with it to the service, which `connect`s. Each end notices
/// when the other is collected.
public enum DebugChannel {
    public static let module = LuaModule(
        "skynet.debugchannel",
        [
            LuaFunction("create") { LuaFunction.enter($0, create) },
            LuaFunction("connect") { LuaFunction.enter($0, connect) },
            LuaFunction("release") { LuaFunction.enter($0, release) },
        ],
        complete: addHook
    )

    private final class WritingEnd {
        let queue: LineQueue

        init(_ queue: LineQueue) { self.queue = queue }

        deinit { queue.endWriting() }
    }

    private final class ReadingEnd: Sendable {
        let queue: LineQueue

        init(_ queue: LineQueue) { self.queue = queue }

        deinit { queue.endReading() }
    }

    private static let writers = LuaObjectKind<WritingEnd>(
        "debug channel",
        methods: [LuaFunction("write") { LuaFunction.enter($0, write) }]
    )
    private static let readers = LuaObjectKind<ReadingEnd>(
        "connected debug channel",
        methods: [LuaFunction("read") { LuaFunction.enter($0, read) }]
    )
    private static let handles = ObjectTable<ReadingEnd>()

    /// The writing end, and a handle for the service that is to read.
    private static func create(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let queue = LineQueue()
        writers.push(WritingEnd(queue), on: stack)
        stack.push(lightUserdata: UnsafeMutableRawPointer(bitPattern: handles.insert(ReadingEnd(queue))))
        return 2
    }

    private static func connect(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let end = try removed(stack) else { throw .argument(1, "no debug channel, or one that is connected") }
        readers.push(end, on: stack)
        return 1
    }

    /// Gives a handle up that nobody connected to; harmless otherwise.
    private static func release(_ stack: LuaStack) throws(LuaError) -> Int32 {
        _ = try removed(stack)
        return 0
    }

    private static func removed(_ stack: LuaStack) throws(LuaError) -> ReadingEnd? {
        guard stack.type(1) == .lightUserdata else { throw stack.typeError(1, expected: "light userdata") }
        return handles.remove(UInt(bitPattern: stack.userdata(1)))
    }

    /// `channel:write(line)`: false when nobody will read it.
    private static func write(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let writer = try writers.require(1, on: stack)
        stack.push(writer.queue.write(try stack.requireByteArray(2)))
        return 1
    }

    /// `channel:read([seconds])`: a line; or nothing in time; or nil and `closed`.
    private static func read(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let reader = try readers.require(1, on: stack)
        let seconds = stack.isNoneOrNil(2) ? 0 : try stack.requireNumber(2)
        switch reader.queue.read(seconds: seconds) {
        case .line(let line):
            stack.push(bytes: line)
            return 1
        case .nothing:
            return 0
        case .closed:
            stack.pushNil()
            stack.push("closed" as StaticString)
            return 2
        }
    }

    /// `sethook` is C: its hooks may suspend the coroutine they watch.
    @Sendable private static func addHook(_ stack: LuaStack) {
        stack.pushSetHook()
        stack.rawSet(-2, field: "sethook")
    }
}
