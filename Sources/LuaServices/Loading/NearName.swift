// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Finds the name somebody meant who wrote another.
package enum NearName {
    /// The name nearest to `name` that differs from it, but not by much; of several as near the first.
    package static func nearest(to name: String, among names: some Sequence<String>) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(name, candidate)
            if distance > 0, distance <= tolerance(for: candidate), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    static func isNear(_ name: String, to meant: String) -> Bool { distance(name, meant) <= tolerance(for: meant) }

    /// Two letters of a word of four are half of it.
    private static func tolerance(for meant: String) -> Int { meant.utf8.count < 5 ? 1 : 2 }

    /// Letters to add, to drop, to change or to swap with their neighbour, to make one name of the other.
    package static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var cost = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                next.append(cost)
            }
            (beforeLast, last) = (last, next)
        }
        return last[right.count]
    }
}
