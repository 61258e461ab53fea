// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

/// What the compiler cannot prove is said in few places, each with its reason.
@Suite struct UnsafeTests {
    /// The files that may use an unsafe marker, and why.
    static let allowed: [String: String] = [
        "Sources/Blocks/MemoryBlock.swift": "a block has one owner at a time, which the type enforces",
        "Sources/Blocks/PacketCutter.swift": "the block of a fragment has one owner, which is the cutter",
        "Sources/GateNode/Threads/SystemThread.swift": "a thread takes over the one count of its body",
        "Sources/LoadClient/IdleConnections.swift":
            "links that keep still are touched by the one thread that closes them",
        "Sources/LuaRuntime/LuaInterrupt.swift": "another thread touches only the atomic word of a state's context",
        "Sources/LuaRuntime/LuaStack.swift": "a native function borrows the owner, which outlives its state",
        "Sources/LuaRuntime/LuaState.swift": "the state borrows its owner, which outlives it",
        "Sources/LuaRuntime/LuaStorage.swift": "a stash is known by its own address, and a C function by its",
        "Sources/LuaRuntime/LuaUserdata.swift": "a userdata holds one count of its object until it is collected",
        "Sources/LuaServices/Buffers/BufferTracker.swift":
            "the tracker of the process is set once, before any service runs",
        "Sources/LuaServices/Harbor/HarborGateway.swift": "a queue is touched under the lock of the gateway only",
        "Sources/LuaServices/Loading/ServiceLoading.swift":
            "the registry borrows the service, which outlives its state",
        "Sources/LuaServices/LuaService.swift": "a service belongs to the one thread that runs it",
        "Sources/Observability/LogWriter.swift": "the thread of a writer holds one count of it until it ends",
        "Sources/ServiceKernel/Kernel.swift": "workers are complete before init returns; the rest is locked or atomic",
        "Sources/ServiceKernel/Services/ServiceCell.swift":
            "one runner at a time, with the mailbox's lock between two of them",
        "Sources/ServiceKernel/Workers/TurnMonitor.swift": "all but an atomic belongs to the one thread that samples",
        "Sources/ServiceKernel/Workers/Worker.swift": "what is not locked or atomic is the thread's own",
        "Sources/SocketDriver/Datagrams/DatagramSocket.swift":
            "state is touched by the holder of the socket's loop only, which entry points assert",
        "Sources/SocketDriver/Loops/SocketLoop.swift":
            "what is not locked or atomic is the holder's, and handing the role over is a barrier",
        "Sources/SocketDriver/Loops/SubmissionQueue.swift": "a thread borrows its queue, which outlives it",
        "Sources/SocketDriver/Sockets/DescriptorSocket.swift":
            "state is touched by the holder of the socket's loop only, which entry points assert",
        "Sources/SocketDriver/Streams/Listener.swift":
            "state is touched by the holder of the socket's loop only, which entry points assert",
        "Sources/SocketDriver/Streams/OutgoingConnect.swift":
            "state is touched by the holder of the socket's loop only",
        "Sources/SocketDriver/Streams/PacketPolicy.swift": "a cutter is touched under the lock of its send buffer only",
        "Sources/SocketDriver/Streams/SocketConnection.swift":
            "the descriptor is a constant; the rest is touched by the holder of the socket's loop only",
        "Sources/SocketDriver/Streams/StreamSocket.swift":
            "state is touched by the holder of the socket's loop only, which entry points assert",
        "Sources/SocketDriver/TLS/TLSContext.swift":
            "a context is complete before init returns; OpenSSL counts and locks what is shared from then on",
        "Sources/SocketDriver/Transports/PipelineConnection.swift":
            "state is touched by the holder of the socket's loop only",
        "Sources/SocketDriver/Transports/SocketChannel.swift":
            "state is touched by the holder of the channel's loop only, which entry points assert",
    ]

    static let markers = ["Unmanaged", "@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast"]

    @Test(arguments: Checkout.sources.filter { $0.path.hasSuffix(".swift") })
    func `an unsafe marker appears only in a file with a reason`(file: SourceFile) throws {
        let used = try file.codeLines.filter { entry in Self.markers.contains { entry.line.contains($0) } }
        let isAllowed = Self.allowed[file.path] != nil
        #expect(used.isEmpty || isAllowed, "\(file.path), lines \(used.map(\.number))")
        #expect(!used.isEmpty || !isAllowed, "\(file.path) no longer needs its exception")
    }

    @Test func `every exception names a file that exists`() {
        #expect(Set(Self.allowed.keys).isSubset(of: Checkout.sources.map(\.path)))
    }
}
