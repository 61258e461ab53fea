// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import CMalloc

/// Memory that was used once and is free now, which the allocator keeps in case it is needed again.
enum FreeMemory {
    /// What may stay without being given back, in bytes.
    private static let worthKeeping = 64 << 20

    /// Gives it back to the system when it is much. Takes a while then, and keeps others from the allocator: so it is for
    /// moments in which nothing is going on.
    static func giveBack() {
        // The figures are those of all arenas, and cost a look at each.
        if CMalloc_figures().retained > worthKeeping { CMalloc_trim() }
    }
}
