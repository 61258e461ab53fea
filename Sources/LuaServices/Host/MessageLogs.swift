// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import Glibc
internal import NodeFiles
internal import ServiceKernel
internal import Synchronization

/// Message logs of single services (commands `LOGON` and `LOGOFF`), one file each under the directory `logpath`.
final class MessageLogs: Sendable {
    private let kernel: Kernel
    private let directory: String?
    private let open = Mutex<[ServiceHandle: MessageLog]>([:])

    init(kernel: Kernel, directory: String?) {
        self.kernel = kernel
        self.directory = directory
    }

    /// - Returns: what to log about it, or nil when there is nothing to do.
    func start(_ handle: ServiceHandle) -> String? {
        guard let directory, kernel.exists(handle) else { return nil }
        let path = "\(directory)/\(AddressText.digits(handle.rawValue)).log"
        if open.withLock({ $0[handle] != nil }) { return nil }
        guard let log = MessageLog(path: path, clock: kernel.clock) else { return "Open log file \(path) fail" }
        open.withLock { $0[handle] = log }
        _ = kernel.tap(handle, with: log)
        return "Open log file \(path)"
    }

    func stop(_ handle: ServiceHandle) -> String? {
        guard let log = open.withLock({ $0.removeValue(forKey: handle) }) else { return nil }
        _ = kernel.tap(handle, with: nil)
        log.close()
        return "Close log file \(AddressText.padded(handle))"
    }
}

/// The file of one service.
private final class MessageLog: MessageTap {
    private let clock: KernelClock
    private let descriptor: Mutex<Int32>

    init?(path: String, clock: KernelClock) {
        guard let descriptor = try? NodeFile.log(path) else { return nil }
        self.clock = clock
        self.descriptor = Mutex(descriptor)
        var now = time(nil)
        var buffer = [CChar](repeating: 0, count: 32)
        ctime_r(&now, &buffer)
        write(Array("open time: \(clock.now) ".utf8) + buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)))
    }

    func message(_ message: borrowing Message) {
        if message.type == .socket, let socket = SocketMessage(message) {
            let head = Array("[socket] \(socket.kind.number) \(socket.id) \(socket.detail) ".utf8)
            write(
                head
                    + (socket.block == nil
                        ? Array("[".utf8) + socket.text + Array("]\n".utf8) : Self.hexLine(socket.bytes))
            )
        } else {
            let source = AddressText.digits(message.source.rawValue)
            let head = ":\(source) \(message.type.rawValue) \(message.session) \(clock.now) "
            write(Array(head.utf8) + Self.hexLine(message.body))
        }
    }

    func close() {
        write(Array("close time: \(clock.now)\n".utf8))
        descriptor.withLock { descriptor in
            _ = Glibc.close(descriptor)
            descriptor = -1
        }
    }

    private static func hexLine(_ body: UnsafeRawBufferPointer) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return body.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] } + [UInt8(ascii: "\n")]
    }

    private func write(_ bytes: [UInt8]) {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { _ = Glibc.write(descriptor, bytes, bytes.count) }
        }
    }
}
