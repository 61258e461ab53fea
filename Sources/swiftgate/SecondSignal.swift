// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import UnixSignals

/// Tells a second request to end from the first one said twice: supervisors signal a process and its group.
struct SignalFilter {
    enum Answer {
        case begin, ignore, force
    }

    /// Within this time two signals are one.
    static let oneRequest = Duration.seconds(1)

    private var first: ContinuousClock.Instant?

    mutating func answer(at now: ContinuousClock.Instant) -> Answer {
        guard let first else {
            first = now
            return .begin
        }
        return now - first < Self.oneRequest ? .ignore : .force
    }
}

/// Ends gracefully at the first SIGTERM or SIGINT; a second one ends the process, whatever the node is still doing.
///
/// Whoever asks twice has waited long enough. Returns only when cancelled.
///
/// - Parameters:
///   - signals: of SIGTERM and SIGINT, which no longer end the process by themselves.
///   - begin: is given the name of the first signal.
func obey(_ signals: UnixSignalsSequence, _ begin: @Sendable (String) -> Void) async {
    var filter = SignalFilter()
    for await signal in signals {
        switch filter.answer(at: .now) {
        case .begin: begin(signal == .sigterm ? "SIGTERM" : "SIGINT")
        case .ignore: break
        case .force: _exit(128 + signal.rawValue)
        }
    }
}
