// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// Numbers in text, read and written the way C programs did it.
enum NumberText {
    /// An integer with its base prefix honoured: `12`, `0x1f`, `-3`, `010`. Nil unless the whole text is one.
    static func integer(_ text: String) -> Int? {
        let sign = text.prefix { $0 == "-" || $0 == "+" }
        let number = text.dropFirst(sign.count)
        // What follows the base must be digits: Swift's own reading would take a second sign there.
        let (digits, base) = digits(of: number)
        guard sign.count <= 1, digits.first?.isHexDigit == true else { return nil }
        return Int(sign + digits, radix: base)
    }

    private static func digits(of number: Substring) -> (digits: Substring, base: Int) {
        if number.hasPrefix("0x") || number.hasPrefix("0X") { return (number.dropFirst(2), 16) }
        if number.hasPrefix("0"), number.count > 1 { return (number.dropFirst(), 8) }
        return (number, 10)
    }

    /// The integer a text begins with, 0 if it begins with none.
    static func integerPrefix(_ text: String) -> Int {
        let trimmed = text.drop { $0 == " " || $0 == "\t" }
        let sign = trimmed.prefix { $0 == "-" || $0 == "+" }.prefix(1)
        let digits = trimmed.dropFirst(sign.count).prefix { $0.isASCII && $0.isNumber }
        return Int(sign + digits) ?? 0
    }
}

/// `value` with a fixed number of decimals.
func decimals(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
}
