// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// Numbers in text, read and written the way C programs did it.
enum NumberText {
    /// An integer with its base prefix honoured: `12`, `0x1f`, `-3`. Nil unless the whole text is one.
    static func integer(_ text: String) -> Int? {
        var digits = text[...]
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits = digits.dropFirst() }
        let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        let value = isHexadecimal ? Int(digits.dropFirst(2), radix: 16) : Int(digits)
        return value.map { isNegative ? -$0 : $0 }
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
