// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import GateNode

@Suite struct EnvironmentSubstitutionTests {
    private func apply(_ text: String, _ environment: [String: String]) throws -> String {
        let substitution = EnvironmentSubstitution(environment: environment)
        return String(decoding: try substitution.apply(to: Array(text.utf8), of: "config"), as: UTF8.self)
    }

    @Test func `a name is replaced everywhere, in strings and comments too`() throws {
        let text = try apply("port = $PORT -- not $PORT_2\nname = \"$PORT.$PORT\"", ["PORT": "80", "PORT_2": "x"])
        #expect(text == "port = 80 -- not x\nname = \"80.80\"")
    }

    @Test func `a name ends where no letter, digit or underscore follows`() throws {
        #expect(try apply("$A1_b-c$A1_b", ["A1_b": "v"]) == "v-cv")
    }

    @Test func `a dollar without a name stays`() throws {
        #expect(try apply("a$ $$A $-", ["A": "v"]) == "a$ $v $-")
    }

    @Test func `a value is not looked at again`() throws {
        #expect(try apply("$A", ["A": "$B"]) == "$B")
    }

    @Test func `a missing variable is an error that names it and its line`() {
        #expect(
            throws: ConfigurationError(
                .missingVariable,
                "os.getenv() failed: MISSING",
                at: ConfigurationPlace(file: "config", line: 3)
            )
        ) { try apply("\n\n-- $MISSING", [:]) }
    }
}
