// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Reads the header `Forwarded` of RFC 7239: `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`.
///
/// It is read from the left, since only that way is it known which commas are quoted; so a quote that a client left open
/// spoils the whole of it.
struct ForwardedReader {
    struct Failure: Error {
        let reason: String
    }

    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    /// One hop for each element; an element that does not say for whom is a hidden one.
    mutating func hops() throws(Failure) -> [Hop] {
        var hops: [Hop] = []
        while true {
            skipBlanks()
            // Empty elements of a list are to be passed over.
            if !take(",") {
                if rest.isEmpty { return hops }
                hops.append(try element())
                skipBlanks()
                if rest.isEmpty { return hops }
                guard take(",") else { throw Failure(reason: "expected a comma or a semicolon") }
            }
        }
    }

    private mutating func element() throws(Failure) -> Hop {
        var hop: Hop?
        repeat {
            skipBlanks()
            let name = token(Self.isToken).lowercased()
            if name.isEmpty {
                // `for=a;` and `;for=a` are no harm.
                if rest.isEmpty || rest.first == UInt8(ascii: ",") || rest.first == UInt8(ascii: ";") { continue }
                throw Failure(reason: "expected the name of a parameter")
            }
            guard take("=") else { throw Failure(reason: "expected = behind \"\(name)\"") }
            let value = try value()
            if name == "for" {
                guard hop == nil else { throw Failure(reason: "two times for= in one element") }
                hop = Hop(node: value[...])
            }
            skipBlanks()
        } while take(";")
        return hop ?? .hidden
    }

    private mutating func value() throws(Failure) -> String {
        guard take("\"") else {
            // Colons and brackets want quotes, which many a proxy forgets.
            let value = token {
                Self.isToken($0) || [UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]")].contains($0)
            }
            if value.isEmpty { throw Failure(reason: "a parameter without a value") }
            return value
        }
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: value, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard let next = rest.popFirst() else { break }
                value.append(next)
            } else {
                value.append(byte)
            }
        }
        throw Failure(reason: "a quote is never closed")
    }

    private mutating func token(_ belongs: (UInt8) -> Bool) -> String {
        let token = rest.prefix(while: belongs)
        rest = rest[token.endIndex...]
        return String(Substring(token))
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
