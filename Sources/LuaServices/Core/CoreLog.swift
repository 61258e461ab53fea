// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel

/// `error` and `trace`: lines to the logger.
enum CoreLog {
    /// `error(...)` logs the arguments as `tostring` makes them, with a space between two.
    static let error: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let service = try LuaService.running(stack)
            let count = stack.count
            if count == 1, stack.type(1) == .string {
                service.node.log(bytes: try stack.requireBytes(1), as: service.handle, from: service.worker)
                return 0
            }
            var line: [UInt8] = []
            for index in 1...max(count, 1) {
                if index > count { stack.pushNil() }
                if index > 1 { line.append(UInt8(ascii: " ")) }
                if !stack.pushText(of: index) { throw .value }
                line += try stack.requireBytes(-1)
                stack.pop()
            }
            line.withUnsafeBytes { service.node.log(bytes: $0, as: service.handle, from: service.worker) }
            return 0
        }
    }

    /// `trace(tag, text [, co] [, level])` logs the clock and, with a coroutine or level, where it stands.
    static let trace: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let service = try LuaService.running(stack)
            let tag = try stack.requireString(1)
            let text = try stack.requireString(2)
            var line = "<TRACE \(tag)> \(KernelClock.nanoseconds) \(text)"
            if let coroutine = stack.coroutine(3) {
                let level = try stack.requireInteger(4, default: 1)
                line += frames(coroutine, level)
            } else if !stack.isNoneOrNil(3) {
                line += frames(stack, try stack.requireInteger(3))
            }
            service.log(line)
            return 0
        }
    }

    /// Up to three frames that have a line number.
    private static func frames(_ stack: LuaStack, _ level: Int) -> String {
        var places: [String] = []
        var level = Int32(clamping: level)
        while places.count < 3, let frame = stack.frame(level) {
            if frame.line > 0 { places.append("\(frame.source):\(frame.line)") }
            level += 1
        }
        return places.isEmpty ? "" : " : " + places.joined(separator: " ")
    }
}
