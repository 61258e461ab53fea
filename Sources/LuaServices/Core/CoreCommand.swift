// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel

/// `command`, `intcommand`, `addresscommand`: the text commands of the runtime, and three ways to read their results.
enum CoreCommand {
    /// `command(name [, param])` → the result as text, or nothing.
    static let command: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let parameter = stack.count == 2 ? try stack.requireString(2) : nil
            guard let result = try perform(stack, parameter) else { return 0 }
            stack.push(result)
            return 1
        }
    }

    /// `intcommand(name [, param])` → the result as a number.
    static let intcommand: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            var parameter: String?
            if stack.count == 2 {
                if stack.type(2) == .number {
                    // Truncated to 32 bits, as the C interface did.
                    parameter = "\(Int32(truncatingIfNeeded: try stack.requireInteger(2)))"
                } else {
                    parameter = try stack.requireString(2)
                }
            }
            guard let result = try perform(stack, parameter) else { return 0 }
            if let integer = NumberText.integer(result.isEmpty ? "0" : result) {
                stack.push(integer)
            } else if let number = Double(result) {
                stack.push(number)
            } else {
                throw .message("Invalid result \(result)")
            }
            return 1
        }
    }

    /// `addresscommand(name [, param])` → the address in a result `:hex`, or nothing.
    static let addresscommand: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let parameter = stack.count == 2 ? try stack.requireString(2) : nil
            guard let result = try perform(stack, parameter), let handle = AddressText.parseHex(result) else {
                return 0
            }
            stack.push(handle.rawValue)
            return 1
        }
    }

    private static func perform(_ stack: LuaStack, _ parameter: String?) throws(LuaError) -> String? {
        let service = try LuaService.running(stack)
        guard let command = Commands.all[try stack.requireString(1)] else { return nil }
        return try command(service, parameter)
    }
}
