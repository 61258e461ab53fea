// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Takes the messages whose addresses belong to other nodes.
public protocol RemoteGateway: AnyObject, Sendable {
    /// Called on any thread; must not block. What becomes of the message is the gateway's affair: its sender has done
    /// with it.
    func forward(_ message: consuming Message, to handle: ServiceHandle, from worker: Worker?)
}
