// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime
internal import ServiceKernel
internal import SocketDriver

/// Where a message is to go, as a script says it: a number, a numeric string, `:hex`, `.name`, or a global name.
enum Destination {
    case address(ServiceHandle)
    case localName(String)
    case globalName(String)

    @inline(__always)
    init(_ stack: LuaStack, _ index: Int32) throws(LuaError) {
        if stack.isInteger(index), let number = stack.integer(index),
            case let address = UInt32(truncatingIfNeeded: number),
            address != 0
        {
            self = .address(ServiceHandle(rawValue: address))
        } else {
            self = try Destination(slowly: stack, index)
        }
    }

    private init(slowly stack: LuaStack, _ index: Int32) throws(LuaError) {
        switch stack.type(index) {
        case .number: self = try .init(number: stack.integer(index) ?? 0)
        case .string:
            // A numeric string counts as the number; reading it does not convert the argument.
            if let number = stack.integer(index) {
                self = try .init(number: number)
                return
            }
            self.init(text: try stack.requireString(index))
        default:
            throw .message("dest address type (\(stack.typeName(index))) must be a string or number.")
        }
    }

    private init(number: Int) throws(LuaError) {
        let address = UInt32(truncatingIfNeeded: number)
        if address == 0 { throw .message("Invalid service address 0") }
        self = .address(ServiceHandle(rawValue: address))
    }

    private init(text: String) {
        if text.first == ":" {
            self = .address(AddressText.parseHex(text) ?? .none)
        } else if text.first == "." {
            self = .localName(String(text.dropFirst()))
        } else {
            self = .globalName(text)
        }
    }

    /// As log lines put it.
    var name: String {
        switch self {
        case .address(let handle): String(handle.rawValue, radix: 16)
        case .localName(let name): "." + name
        case .globalName(let name): name
        }
    }

    /// Sends. False when nobody is there.
    @inline(__always)
    func accept(_ message: consuming Message, from service: LuaService) -> Bool {
        guard case .address(let handle) = self else { return accept(slowly: message, from: service) }
        if handle == .none { return refuse(message, from: service) }
        let (type, session) = (message.type, message.session)
        let delivery = service.node.kernel.deliver(message, to: handle, from: service.worker)
        if delivery == .deliveredToFull, type == .client, session > 0 {
            // By the convention of gates the session of a client's packet is its socket: an agent that does not keep up
            // with its client makes the client wait, and not the node's memory grow.
            service.node.sockets.holdBack(session, for: handle.rawValue)
        }
        return delivery != .refused
    }

    private func accept(slowly message: consuming Message, from service: LuaService) -> Bool {
        let kernel = service.node.kernel
        switch self {
        case .address(let handle): return kernel.send(message, to: handle, from: service.worker)
        case .localName(let name):
            guard let handle = kernel.handle(named: name) else {
                kernel.drop(message)
                return false
            }
            return kernel.send(message, to: handle, from: service.worker)
        case .globalName(let name):
            service.node.harbor.send(message, to: name, from: service.worker)
            return true
        }
    }

    private func refuse(_ message: consuming Message, from service: LuaService) -> Bool {
        if message.payload.count > 0 { service.log("error: Destination address can't be 0") }
        service.node.kernel.drop(message)
        return false
    }
}
