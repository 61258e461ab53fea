// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import GateNode

@Suite struct IncludeDirectoryTests {
    @Test(arguments: [
        ("config", "./config", "./"),
        ("examples/config", "./examples/config", "./examples/"),
        ("/etc/gate/config", "/etc/gate/config", "/etc/gate/"),
    ])
    func `a name from the working directory`(name: String, file: String, directory: String) {
        let resolved = IncludeDirectory.initial.resolve(name)
        #expect(resolved == (file, IncludeDirectory(path: directory)))
    }

    @Test(arguments: [
        ("path", "./examples/path", "./examples/"),
        ("sub/path", "./examples/sub/path", "./examples/sub/"),
        ("../path", "./examples/../path", "./examples/../"),
        ("/etc/path", "/etc/path", "/etc/"),
    ])
    func `a name inside an included file`(name: String, file: String, directory: String) {
        let resolved = IncludeDirectory(path: "./examples/").resolve(name)
        #expect(resolved == (file, IncludeDirectory(path: directory)))
    }
}
