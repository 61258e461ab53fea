// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import UnixSignals

/// Waits for a second SIGTERM or SIGINT and ends the process with it, whatever the node is still doing.
///
/// Whoever asks twice has waited long enough. Returns only when cancelled.
func endAtSecondSignal() async {
    var hasSeenOne = false
    for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
        if hasSeenOne { _exit(128 + signal.rawValue) }
        hasSeenOne = true
    }
}
