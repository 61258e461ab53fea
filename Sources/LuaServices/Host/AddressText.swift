// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import ServiceKernel

/// How addresses are written: `:` and hexadecimal digits.
public enum AddressText {
    /// Reads `:00000008`; nil for anything else.
    public static func parseHex(_ text: some StringProtocol) -> ServiceHandle? {
        guard text.first == ":" else { return nil }
        return UInt32(text.dropFirst(), radix: 16).map(ServiceHandle.init(rawValue:))
    }

    /// `:8`
    public static func short(_ handle: ServiceHandle) -> String { ":" + String(handle.rawValue, radix: 16) }

    /// `:00000008`, with upper case digits where `LAUNCH` wants them.
    public static func padded(_ handle: ServiceHandle, uppercase: Bool = false) -> String {
        ":" + digits(handle.rawValue, uppercase: uppercase)
    }

    static func digits(_ value: UInt32, uppercase: Bool = false) -> String {
        let digits = String(value, radix: 16, uppercase: uppercase)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
