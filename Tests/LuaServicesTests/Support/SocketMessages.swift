// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaRuntime
import ServiceKernel
import SocketDriver

@testable import LuaServices

/// Socket messages for scripts, as a service sees them: `make(kind, id, ud, text)`, `packet(id, text)` and `free`.
let socketMessages = LuaModule(
    "message",
    [
        LuaFunction("make") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let kind = SocketMessage.Kind(number: Int32(try stack.requireInteger(1)))
                let id = Int32(try stack.requireInteger(2))
                let detail = Int32(try stack.requireInteger(3))
                let bytes = [UInt8](try stack.requireBytes(4))
                switch kind {
                case .data: push(.data(id, socketBlock(bytes)), on: stack)
                case .udp: push(.datagram(id, socketBlock(bytes), count: detail), on: stack)
                default: stack.push(buffer: MemoryBlock(words([kind.number, id, detail, 0, 0, 0]) + bytes))
                }
                return 2
            }
        },
        LuaFunction("packet") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let id = Int32(try stack.requireInteger(1))
                push(.packet(id, socketBlock([UInt8](try stack.requireBytes(2)))), on: stack)
                return 2
            }
        },
        LuaFunction("free") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let message = try stack.takeBuffer(1)
                SocketMessage.reclaim(message.pointer, size: message.count)
                return 0
            }
        },
    ]
)

/// A block as the driver makes it for a node.
func socketBlock(_ bytes: [UInt8]) -> MemoryBlock { MemoryBlock(bytes, tailRoom: SocketMessage.tailRoom) }

private func push(_ event: consuming SocketEvent, on stack: LuaStack) {
    let message = SocketMessage.message(of: event)
    let (head, attached) = (MemoryBlock.allocate(SocketMessage.headSize), message.attached)
    SocketMessage.detach(message.takePayload(), attached: attached, to: head)
    stack.push(buffer: MemoryBlock(adopting: head, count: SocketMessage.headSize))
}

private func words(_ words: [Int32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
}
