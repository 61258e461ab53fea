// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How packets are told apart in a stream of bytes.
public enum PacketFraming: String, Sendable, CaseIterable {
    case u16be, u16le, u32be, u32le, varint, line
}
