// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a state machine of a socket asks its socket to do, in order.
enum SocketAction: Equatable {
    /// Events go to this owner from now on.
    case adopt(SocketOwner)
    /// Tell the owner that the socket is usable.
    case announceConnected(String)
    /// Tell the owner that something went wrong.
    case announceFailure(String)
    /// Tell the owner that the socket ended.
    case announceClosed
    /// Tell the caller of `start`, who is not the owner, why it got nothing.
    case refuse(SocketOwner, String)
    /// Deliver input that was held back and read on.
    case resumeReading
    /// Leave further input in the kernel.
    case stopReading
    /// Forget all waiting output.
    case discardOutput
    /// Free the number and close the descriptor.
    case release
}
