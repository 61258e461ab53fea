// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// A value that one service writes and others read, each at its own pace.
final class SharedCell: Sendable {
    private let latest: Mutex<SharedBody?>

    init(_ body: SharedBody) { latest = Mutex(body) }

    /// The value; nil once the writer is gone.
    var value: SharedBody? { latest.withLock { $0 } }

    func replace(with body: SharedBody?) { latest.withLock { $0 = body } }
}

/// Objects by number, for those that travel between services as light userdata.
///
/// The number is no address, and none is given twice: whatever a script hands in, nothing worse than an error can come of it.
final class ObjectTable<Object: Sendable>: Sendable {
    private struct State: Sendable {
        var last: UInt = 0
        var objects: [UInt: Object] = [:]
    }

    private let state = Mutex(State())

    /// - Returns: the object's number; 1 and up.
    func insert(_ object: Object) -> UInt {
        state.withLock { state in
            state.last += 1
            state.objects[state.last] = object
            return state.last
        }
    }

    /// Takes the object out; its number is unknown from now on.
    func remove(_ number: UInt) -> Object? { state.withLock { $0.objects.removeValue(forKey: number) } }

    subscript(number: UInt) -> Object? { state.withLock { $0.objects[number] } }
}
