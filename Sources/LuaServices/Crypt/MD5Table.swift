// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// The constants of MD5's steps.
enum MD5Table {
    /// `2^32 * abs(sin(step + 1))`, which is how RFC 1321 defines them.
    static let sines: [UInt32] = (1...64).map { UInt32(abs(sin(Double($0))) * 4_294_967_296) }

    /// By how many bits each of a round's four kinds of steps rotates.
    static let turns: [[UInt32]] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]]
}
