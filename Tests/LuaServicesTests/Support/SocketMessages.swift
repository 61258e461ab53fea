// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaRuntime
import LuaServices

/// Socket messages for scripts: `make(kind, id, ud, text)` as the driver would send them, and `free`.
let socketMessages = LuaModule(
    "message",
    [
        LuaFunction("make") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let kind = SocketMessage.Kind(number: Int32(try stack.requireInteger(1)))
                let id = Int32(try stack.requireInteger(2))
                let detail = Int32(try stack.requireInteger(3))
                let bytes = try stack.requireBytes(4)
                if kind == .data || kind == .udp {
                    let block = MemoryBlock([UInt8](bytes))
                    stack.push(buffer: SocketMessage.encode(kind, id: id, detail: detail, block: block))
                } else {
                    stack.push(buffer: SocketMessage.encode(kind, id: id, detail: detail, text: bytes))
                }
                return 2
            }
        },
        LuaFunction("free") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let message = try stack.takeBuffer(1)
                SocketMessage.reclaim(message)
                return 0
            }
        },
    ]
)
