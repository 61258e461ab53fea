// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct NameTableTests {
    private let one = ServiceHandle(rawValue: 1)
    private let two = ServiceHandle(rawValue: 2)

    private static func bind(_ name: String, to handle: ServiceHandle, in names: inout NameTable) -> Bool {
        names.bind(name, to: handle)
    }

    @Test func `a name is bound once, to the same address or another`() {
        var names = NameTable()
        #expect(Self.bind("a", to: one, in: &names))
        #expect(!Self.bind("a", to: two, in: &names))
        #expect(!Self.bind("a", to: one, in: &names))
        #expect(names.handle("a") == one)
        #expect(names.handle("b") == nil)
    }

    @Test func `all names of an address go with it, and no others`() {
        var names = NameTable()
        #expect(Self.bind("a", to: one, in: &names))
        #expect(Self.bind("b", to: one, in: &names))
        #expect(Self.bind("c", to: two, in: &names))
        names.remove(one)
        #expect(names.handle("a") == nil)
        #expect(names.handle("b") == nil)
        #expect(names.handle("c") == two)
    }

    @Test func `a name is free again when its address has gone`() {
        var names = NameTable()
        #expect(Self.bind("a", to: one, in: &names))
        names.remove(one)
        #expect(Self.bind("a", to: two, in: &names))
        names.remove(one)
        #expect(names.handle("a") == two)
    }

    @Test func `any text is a name`() {
        var names = NameTable()
        let long = String(repeating: "n", count: 1000)
        for name in ["", " ", ".dotted", long, "näme"] { #expect(Self.bind(name, to: two, in: &names)) }
        #expect(names.handle(long) == two)
        #expect(names.handle("") == two)
    }
}
