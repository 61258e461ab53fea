// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CMalloc
internal import Glibc

/// What the C library's allocator says of itself, under the names jemalloc would use.
package struct AllocatorFigures {
    let allocated: Int
    let active: Int
    let mapped: Int
    let retained: Int
    let resident: Int

    package static var current: AllocatorFigures {
        let figures = CMalloc_figures()
        return AllocatorFigures(
            allocated: figures.allocated,
            active: figures.active,
            mapped: figures.active,
            retained: figures.retained,
            resident: residentBytes
        )
    }

    package var byName: [(StaticString, Int)] {
        [
            ("stats.allocated", allocated), ("stats.active", active), ("stats.mapped", mapped),
            ("stats.retained", retained), ("stats.resident", resident),
        ]
    }

    /// The second word of /proc/self/statm, in pages; 0 where there is none.
    private static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = fread(&buffer, 1, buffer.count, file)
        let words = buffer.prefix(count).split(separator: UInt8(ascii: " "))
        guard words.count > 1, let pages = Int(String(decoding: words[1], as: UTF8.self)) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
