// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Asks until the answer is as expected: for what happens in a moment, but when cannot be seen from outside.
func until(_ expected: String, _ client: GateClient, answersTo question: String, seconds: Double = 60) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var answer = try client.ask(question)
    while answer != expected {
        if ContinuousClock.now > deadline {
            throw GateClient.Failure(description: "\(question): \(answer), not \(expected), for \(seconds) s")
        }
        try await Task.sleep(for: .milliseconds(10))
        answer = try client.ask(question)
    }
}
