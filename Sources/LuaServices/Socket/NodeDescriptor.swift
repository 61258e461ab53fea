// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// Descriptors that scripts may see but must not read and write: those the node works with.
enum NodeDescriptor {
    /// What the descriptor is, when it is not a stream of bytes that somebody could own; nil for one that may be bound,
    /// and for a number without a descriptor, about which the driver has its own answer.
    static func role(of descriptor: Int32) -> String? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK: return isListening(descriptor) ? "a listening socket" : nil
        // The files of epoll, its timers and its wake-ups have no type.
        case 0: return "part of the node's event loops"
        default: return nil
        }
    }

    private static func isListening(_ descriptor: Int32) -> Bool {
        var answer: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) == 0 && answer != 0
    }
}
