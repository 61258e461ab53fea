// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore

extension SocketChannel {
    struct Options {
        var autoRead = true
        var allowRemoteHalfClosure = false
        /// As much as a plain socket reads before others have their turn.
        var maxMessagesPerRead: UInt = 2
        var writeBufferWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10)
        var noDelay = false
    }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        if loop.inEventLoop {
            return loop.makeCompletedFuture { try syncSetOption(option, value: value) }
        }
        return loop.submit { try self.syncSetOption(option, value: value) }
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        if loop.inEventLoop {
            return loop.makeCompletedFuture { try syncGetOption(option) }
        }
        return loop.submit { try self.syncGetOption(option) }
    }

    var syncOptions: (any NIOSynchronousChannelOptions)? { SynchronousOptions(channel: self) }

    private struct SynchronousOptions: NIOSynchronousChannelOptions {
        let channel: SocketChannel

        func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
            try channel.syncSetOption(option, value: value)
        }

        func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
            try channel.syncGetOption(option)
        }
    }

    private func syncSetOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
        loop.assertHeld()
        guard phase != .closed else { throw ChannelError.ioOnClosedChannel }
        switch (option, value) {
        case (is ChannelOptions.Types.AutoReadOption, let value as Bool): setAutoRead(value)
        case (is ChannelOptions.Types.AllowRemoteHalfClosureOption, let value as Bool):
            options.allowRemoteHalfClosure = value
        case (is ChannelOptions.Types.MaxMessagesPerReadOption, let value as UInt):
            options.maxMessagesPerRead = max(value, 1)
        case (
            is ChannelOptions.Types.WriteBufferWaterMarkOption, let value as ChannelOptions.Types.WriteBufferWaterMark
        ):
            options.writeBufferWaterMark = value
        case (let option as ChannelOptions.Types.SocketOption, let value as SocketOptionValue) where option.isNoDelay:
            try setNoDelay(value != 0)
        default: throw ChannelError.operationUnsupported
        }
    }

    private func syncGetOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        loop.assertHeld()
        guard phase != .closed else { throw ChannelError.ioOnClosedChannel }
        let value: Any? =
            switch option {
            case is ChannelOptions.Types.AutoReadOption: options.autoRead
            case is ChannelOptions.Types.AllowRemoteHalfClosureOption: options.allowRemoteHalfClosure
            case is ChannelOptions.Types.MaxMessagesPerReadOption: options.maxMessagesPerRead
            case is ChannelOptions.Types.WriteBufferWaterMarkOption: options.writeBufferWaterMark
            case is ChannelOptions.Types.BufferedWritableBytesOption: pending.bytes
            case let option as ChannelOptions.Types.SocketOption where option.isNoDelay:
                SocketOptionValue(options.noDelay ? 1 : 0)
            default: nil
            }
        guard let value = value as? Option.Value else { throw ChannelError.operationUnsupported }
        return value
    }

    func setNoDelay(_ wanted: Bool) throws {
        guard SystemCalls.set(TCP_NODELAY, level: Int32(IPPROTO_TCP), to: wanted ? 1 : 0, on: descriptor) else {
            throw IOError(errnoCode: errno, reason: "setsockopt")
        }
        options.noDelay = wanted
    }
}

extension ChannelOptions.Types.SocketOption {
    fileprivate var isNoDelay: Bool { optionLevel == .tcp && optionName == .tcp_nodelay }
}
