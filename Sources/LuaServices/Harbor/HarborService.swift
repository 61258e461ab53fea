// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import ServiceKernel

/// The native service `harbor`: the address behind `.cslave`, through which global names are bound.
///
/// Arguments: `<harbor id> <address of the directory service>`. Accepts HARBOR messages `N <name> :<hex>`.
final class HarborService: Service {
    private let node: LuaHost

    struct InvalidArguments: Error, CustomStringConvertible {
        let arguments: String
        var description: String { "harbor: expected \"<id> <address>\", got \"\(arguments)\"" }
    }

    init(_ seed: ServiceSeed) throws {
        node = seed.node
        let words = seed.arguments.split(separator: " ")
        guard words.count == 2, let directory = UInt32(words[1]) else {
            throw InvalidArguments(arguments: seed.arguments)
        }
        node.names.setDirectory(ServiceHandle(rawValue: directory))
    }

    func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        let words = String(decoding: message.payload.bytes, as: UTF8.self).split(separator: " ")
        if message.type == .harbor, words.count == 3, words[0] == "N",
            let handle = AddressText.parseHex(words[2])
        {
            node.names.bind(String(words[1]), to: handle, from: worker)
        }
        return .finished
    }

    func retire() {}
}
