// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore

/// The handlers that a channel has until it is a WebSocket, and how they give way.
struct UpgradeHandlers {
    let gate = HTTPHeadGate()
    let encoder: any RemovableChannelHandler
    let decoder: any RemovableChannelHandler

    func add(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(gate)
        try pipeline.addHandler(encoder)
        try pipeline.addHandler(decoder)
    }

    /// Puts the handlers of a WebSocket in the place of these and of `owner`, calls `ready`, who may add more behind
    /// them, and then lets in what came behind the upgrade. A channel that closes meanwhile never gets that far.
    func giveWay(
        in channel: any Channel,
        with owner: any RemovableChannelHandler,
        side: FrameRules.Side,
        options: WebSocketOptions,
        ready: @escaping () -> Void
    ) {
        let pipeline = channel.pipeline.syncOperations
        pipeline.removeHandler(encoder, promise: nil)
        // A parser leaves in a pass of its own.
        pipeline.removeHandler(decoder).assumeIsolated().whenComplete { _ in
            guard channel.isActive else { return }
            do {
                try WebSocketMessages.addHandlers(to: channel, side: side, options: options)
            } catch {
                // A pipeline refuses only when it is closed.
                return
            }
            pipeline.removeHandler(owner, promise: nil)
            ready()
            if let context = try? pipeline.context(handler: gate) { gate.open(context: context) }
        }
    }

    /// Closes a channel whose peer is to have what was written, also when it sends on itself.
    static func close(_ context: ChannelHandlerContext) {
        (context.channel as? SocketChannel)?.lingers = true
        context.close(promise: nil)
    }
}
