// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime
public import ServiceKernel
internal import Synchronization

/// A Lua state that is a service: what skynet calls `snlua`.
///
/// It is launched with a line `name arguments…`, which comes back to it as its first message; handling that message
/// makes the state, runs the loader and the script. After that every message goes to the callback the script
/// installed.
///
/// Unchecked: everything but `interrupt` belongs to the thread that runs the service, and the kernel sees to it that
/// there is one at a time.
public final class LuaService: Service, @unchecked Sendable {
    public let node: LuaHost
    public let handle: ServiceHandle

    /// Whose thread this is, while a message is in hand.
    private(set) var worker: Worker?
    var codeCacheMode = CodeCache.Mode.on
    /// In forward mode message bodies are the script's to free or send on.
    var forwardsBodies = false
    /// Native code takes sessions, too (timers, sends), hence the counter is not in Lua.
    private var lastSession: Int32 = 0

    private var lua: LuaState?
    private var code = SharedCode()
    private var inHand: MessageInHand?
    /// Where scripts see the message about what a socket brought: what it brought may be freed while they do.
    private var socketHead: UnsafeMutableRawPointer?
    private let interrupt = Mutex<LuaInterrupt?>(nil)

    /// What an error report says about a message, and the body to free when it is done.
    private struct MessageInHand {
        let source: ServiceHandle
        let session: Int32
        let body: UnsafeMutableRawPointer?
        let count: Int
        let forwards: Bool
        let isSocketEvent: Bool
    }

    init(_ parameters: ServiceParameters) {
        node = parameters.node
        handle = parameters.handle
        let line = MemoryBlock(text: parameters.arguments)
        node.kernel.send(
            Message(type: .text, source: handle, session: 0, payload: line),
            to: handle,
            from: parameters.worker
        )
    }

    deinit {
        if let socketHead { MemoryBlock.free(socketHead) }
    }

    /// The service whose state runs the calling native function.
    @inline(__always)
    static func running(_ stack: LuaStack) throws(LuaError) -> LuaService {
        guard let service = stack.owner(as: LuaService.self) else { throw .message("Init skynet context first") }
        return service
    }

    // MARK: - Messages

    public func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        if self.worker !== worker { self.worker = worker }
        guard let lua else {
            start(String(decoding: message.payload.bytes, as: UTF8.self))
            return .finished
        }
        guard lua.hasCallback else {
            node.kernel.drop(message)
            return .finished
        }
        let (type, source, session, attached) = (message.type, message.source, message.session, message.attached)
        var payload = message.takePayload()
        if attached > 0 { payload = detached(payload, attached) }
        let hand = MessageInHand(
            source: source,
            session: session,
            body: payload.pointer,
            count: payload.count,
            forwards: forwardsBodies,
            isSocketEvent: type == .socket
        )
        _ = payload.relinquish()
        if let tracker = BufferTracker.current {
            tracker.show(hand.body, hand.count, forwardedTo: hand.forwards ? handle.rawValue : nil)
        }
        let outcome = lua.turn(
            type: Int32(type.rawValue),
            message: hand.body,
            size: hand.count,
            session: session,
            source: source.rawValue
        )
        return conclude(outcome, hand)
    }

    public func resume(on worker: Worker) -> TurnOutcome {
        if self.worker !== worker { self.worker = worker }
        guard let lua, let hand = inHand else { return .finished }
        return conclude(lua.continueTurn(), hand)
    }

    @inline(__always)
    private func conclude(_ outcome: LuaTurnOutcome, _ hand: MessageInHand) -> TurnOutcome {
        if outcome == .suspended {
            inHand = hand
            return .suspended
        }
        inHand = nil
        release(hand)
        if case .failed(let status, let text) = outcome { report(status, text, hand) }
        if let lua, lua.takeMemoryWarning() { warnOfMemory(lua) }
        return .finished
    }

    @inline(__always)
    private func release(_ hand: MessageInHand) {
        guard let body = hand.body, !hand.forwards else { return }
        if let tracker = BufferTracker.current { tracker.hide(body) }
        if hand.isSocketEvent { SocketMessage.reclaim(body, size: hand.count) }
        if body != socketHead { MemoryBlock.free(body) }
    }

    /// Parts a message from the bytes that a socket brought. In forward mode it is the script's to free.
    @inline(__always)
    private func detached(_ payload: consuming MemoryBlock, _ attached: UInt32) -> MemoryBlock {
        let head = forwardsBodies ? MemoryBlock.allocate(SocketMessage.headSize) : ownSocketHead
        SocketMessage.detach(payload, attached: attached, to: head)
        return MemoryBlock(adopting: head, count: SocketMessage.headSize)
    }

    private var ownSocketHead: UnsafeMutableRawPointer {
        if let socketHead { return socketHead }
        let head = MemoryBlock.allocate(SocketMessage.headSize)
        socketHead = head
        return head
    }

    public func retire() {
        interrupt.withLock { $0 = nil }
        // Closing may run finalizers, which may still send; they do so without a worker of their own.
        lua = nil
        if let hand = inHand { release(hand) }
        inHand = nil
        for leak in BufferTracker.current?.leaks(of: handle.rawValue) ?? [] { node.log(leak.text, as: handle) }
    }

    /// Command `SIGNAL`: 0 breaks off what the script does, 1 tells how much memory it has.
    func signal(_ number: Int32) {
        log("recv a signal \(number)")
        if number == 0 { interrupt.withLock { $0?.requestBreak() } }
        if number == 1, let lua { log("Current Memory \(kibibytes(lua.memoryUsed))K") }
    }

    // MARK: - What native functions need

    /// The next session number: 1 … 2^31-1, then 1 again.
    func nextSession() -> Int32 {
        lastSession = lastSession == .max ? 1 : lastSession + 1
        return lastSession
    }

    func log(_ text: String) { node.log(text, as: handle, from: worker) }

    // MARK: - Start

    private func start(_ line: String) {
        do {
            let lua = try LuaState(owner: self)
            self.lua = lua
            interrupt.withLock { $0 = LuaInterrupt(lua) }
            lua.stopCollector()
            try ServiceLoading.prepare(lua, for: self)
            try ServiceLoading.run(line, in: lua, for: self)
            lua.restartCollector()
            lua.useGenerationalCollector()
            applyMemoryLimit(lua)
        } catch {
            log(error.text)
            // Before anybody else hears of it: whoever launched this service can only say that it failed.
            node.startFailed(handle, error.text, from: worker)
            fail()
        }
    }

    /// The script could not be started: whoever waits for it must not wait for ever.
    private func fail() {
        if let launcher = node.kernel.handle(named: "launcher") {
            let report = MemoryBlock(text: "ERROR")
            node.kernel.send(
                Message(type: .text, source: handle, session: 0, payload: report),
                to: launcher,
                from: worker
            )
        }
        log("KILL self")
        node.retire(handle, from: worker)
    }

    /// `skynet.memlimit` leaves its wish in the registry; it comes into force when the main chunk is done.
    private func applyMemoryLimit(_ lua: LuaState) {
        lua.stack.pushRegistry("memlimit")
        let limit = lua.stack.integer(-1)
        lua.stack.pop()
        guard let limit, limit > 0 else { return }
        lua.memoryLimit = sum(limit, code.bytes)
        log("Set memory limit to \(decimals(Double(limit) / 1_048_576, 2)) M")
    }

    /// A limit and what is not held against it; no limit is beyond the greatest number.
    private func sum(_ limit: Int, _ bytes: Int) -> Int { limit < .max - bytes ? limit + bytes : .max }

    // MARK: - Code

    /// The code cache, for a state that uses it fully.
    var codeCacheInUse: CodeCache? { codeCacheMode == .on ? node.codeCache : nil }

    /// Pushes the main function of a file, or the message why it cannot be loaded.
    func load(_ file: String, on stack: LuaStack, chunkMode: String? = nil) -> LuaStatus {
        let before = lua?.memoryUsed ?? 0
        let outcome = node.codeCache.load(file, on: stack, mode: codeCacheMode, chunkMode: chunkMode)
        if let lua, let chunk = outcome.chunk, outcome.status == .ok {
            let bytes = code.note(chunk, bytes: lua.memoryUsed - before)
            if let limit = lua.memoryLimit { lua.memoryLimit = sum(limit, bytes) }
        }
        return outcome.status
    }

    // MARK: - Reports

    private func report(_ status: LuaStatus, _ text: String?, _ hand: MessageInHand) {
        let route =
            "\(String(hand.source.rawValue, radix: 16)) to :\(String(handle.rawValue, radix: 16)) : \(hand.session)"
        switch status {
        case .memory: log("lua memory error : [\(route)]")
        case .errorInHandler: log("lua error in error : [\(route)]")
        default:
            let escape = "\u{1B}["
            log(
                "lua call [\(route) msgsz = \(hand.count)] error : \(escape)31m\(text ?? "(no error message)")\(escape)0m"
            )
        }
    }

    private func warnOfMemory(_ lua: LuaState) {
        log("Memory warning \(decimals(Double(lua.memoryUsed) / 1_048_576, 2)) M")
    }

    private func kibibytes(_ bytes: Int) -> String { decimals(Double(bytes) / 1024, 3) }
}
