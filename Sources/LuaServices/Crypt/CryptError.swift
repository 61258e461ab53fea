// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Why a function of the room refused its input, in the words scripts match on.
package struct CryptError: Error, Equatable {
    package let text: String

    init(_ text: String) { self.text = text }
}
