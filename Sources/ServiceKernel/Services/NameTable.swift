// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The local names of one node: a name is bound once, to one address, and goes when the address does.
public struct NameTable: Sendable {
    private var handles: [String: ServiceHandle] = [:]
    private var names: [ServiceHandle: [String]] = [:]

    public init() {}

    public func handle(_ name: String) -> ServiceHandle? { handles[name] }

    /// False when the name is taken, by whomever. Nothing checks that the address exists.
    public mutating func bind(_ name: String, to handle: ServiceHandle) -> Bool {
        if handles[name] != nil { return false }
        handles[name] = handle
        names[handle, default: []].append(name)
        return true
    }

    public mutating func remove(_ handle: ServiceHandle) {
        for name in names.removeValue(forKey: handle) ?? [] { handles[name] = nil }
    }
}
