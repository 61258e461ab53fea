// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
public import LuaRuntime
internal import ServiceKernel
internal import Synchronization

/// The module `skynet.multicast.core`: one body delivered to many services.
///
/// What is sent to each of them is the number of a package, 8 bytes; the package itself is kept here until as many
/// services have closed it as it was bound for. A number nobody knows is an error, not an invalid address.
public enum Multicast {
    public static let module = LuaModule(
        "skynet.multicast.core",
        [
            LuaFunction("pack") { LuaFunction.enter($0, pack) },
            LuaFunction("packremote") { LuaFunction.enter($0, packRemote) },
            LuaFunction("bind") { LuaFunction.enter($0, bind) },
            LuaFunction("unpack") { LuaFunction.enter($0, unpack) },
            LuaFunction("close") { LuaFunction.enter($0, close) },
            LuaFunction("remote") { LuaFunction.enter($0, remote) },
            LuaFunction("nextid") { LuaFunction.enter($0, nextChannel) },
        ]
    )

    private final class Package: Sendable {
        let body: SharedBody
        /// How many services have yet to close it.
        let holders = Atomic<Int>(0)

        init(_ body: SharedBody) { self.body = body }
    }

    private static let packages = ObjectTable<Package>()

    // MARK: The publisher

    /// `pack(address, size)` takes the block, `pack(text)` copies; answers the block to send, and its size.
    private static func pack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let body =
            stack.type(1) == .string
            ? MemoryBlock(copying: try stack.requireBytes(1)) : try stack.takeBuffer(1)
        push(Package(SharedBody(body)), on: stack)
        return 2
    }

    /// As `pack`, of a block that stays its owner's: a message from another node.
    private static func packRemote(_ stack: LuaStack) throws(LuaError) -> Int32 {
        push(Package(SharedBody(MemoryBlock(copying: try stack.borrowBuffer(1)))), on: stack)
        return 2
    }

    private static func push(_ package: Package, on stack: LuaStack) {
        let number = packages.insert(package)
        withUnsafeBytes(of: number) { stack.push(buffer: MemoryBlock(copying: $0)) }
    }

    /// `bind(block, count)` frees the block that `pack` answered and says how many will close the package.
    private static func bind(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let count = try stack.requireInteger(2)
        guard (0...Int(Int32.max)).contains(count) else {
            throw .argument(2, "count must be in 0 … \(Int32.max), got \(count)")
        }
        let number = try number(ofBlock: stack.takeBlock(1))
        guard let package = packages[number] else { throw unknown(number) }
        guard package.holders.compareExchange(expected: 0, desired: count, ordering: .relaxed).exchanged else {
            throw .message("Can't bind a multicast package more than once")
        }
        if count == 0 { _ = packages.remove(number) }
        return 0
    }

    /// `remote(block)` frees block and package and answers a copy of the body for another node.
    private static func remote(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let number = try number(ofBlock: stack.takeBlock(1))
        guard let package = packages.remove(number) else { throw unknown(number) }
        stack.push(buffer: MemoryBlock(copying: package.body.bytes))
        return 2
    }

    // MARK: The subscribers

    /// `unpack(address, size)`, or of a string, of a delivered message: the package, the address and the size of its body.
    private static func unpack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let message = try stack.borrowContent(1)
        guard message.count == MemoryLayout<UInt>.size else {
            throw .message("Invalid multicast package size \(message.count)")
        }
        let number = message.loadUnaligned(as: UInt.self)
        guard let package = packages[number] else { throw unknown(number) }
        stack.push(lightUserdata: UnsafeMutableRawPointer(bitPattern: number))
        package.body.push(on: stack)
        return 3
    }

    private static func close(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard stack.type(1) == .lightUserdata else { throw stack.typeError(1, expected: "light userdata") }
        let number = UInt(bitPattern: stack.userdata(1))
        guard let package = packages[number] else { throw unknown(number) }
        if package.holders.subtract(1, ordering: .acquiringAndReleasing).newValue <= 0 { _ = packages.remove(number) }
        return 0
    }

    /// The channel after this one: the low 8 bits are the node's, bit 31 stays clear.
    private static func nextChannel(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push((try stack.requireInteger(1) &+ 256) & 0x7fff_ffff)
        return 1
    }

    private static func number(ofBlock block: consuming MemoryBlock) throws(LuaError) -> UInt {
        guard block.pointer != nil else { throw .argument(1, "no multicast package") }
        return block.bytes.loadUnaligned(as: UInt.self)
    }

    private static func unknown(_ number: UInt) -> LuaError {
        .message("multicast package \(number) does not exist, or was closed by all")
    }
}

extension LuaStack {
    /// Takes a package's block, whose size the caller need not repeat.
    fileprivate func takeBlock(_ index: Int32) throws(LuaError) -> MemoryBlock {
        guard type(index) == .lightUserdata else { throw typeError(index, expected: "light userdata") }
        let pointer = userdata(index)
        let size = MemoryLayout<UInt>.size
        if let tracker = BufferTracker.current { try tracker.takeBack(pointer, size, index) }
        return MemoryBlock(adopting: pointer, count: size)
    }
}
