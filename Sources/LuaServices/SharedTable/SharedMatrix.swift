// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import Synchronization

/// A table that services clone, and the handle they know it by. It is there until it is closed, whoever forgets it.
final class SharedMatrix: Sendable {
    private static let matrices = ObjectTable<SharedMatrix>()

    let image: TableImage
    private let size: Int
    private let open = Atomic<SharedHandleWord>(0)

    typealias SharedHandleWord = UInt

    /// - Parameter size: how many bytes the state held that made the table.
    init(_ image: TableImage, size: Int) throws(LuaError) {
        self.image = image
        self.size = size
        open.store(try SharedHandle(.matrix, number: Self.matrices.insert(self)).word, ordering: .relaxed)
    }

    /// What `clone` knows it by; nil when it is closed.
    var handle: UInt? {
        let word = open.load(ordering: .relaxed)
        return word == 0 ? nil : word
    }

    /// 0 when it is closed.
    var openSize: Int { handle == nil ? 0 : size }

    func close() {
        let word = open.exchange(0, ordering: .relaxed)
        guard let handle = SharedHandle(.matrix, word: word) else { return }
        _ = Self.matrices.remove(handle.number)
    }

    static func look(_ handle: SharedHandle) -> SharedMatrix? { matrices[handle.number] }
}
