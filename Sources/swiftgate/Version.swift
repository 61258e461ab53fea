// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The version of swiftgate, as CHANGELOG.md counts them.
let swiftgateVersion = "0.1.0"
