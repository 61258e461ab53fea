// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@testable import LuaServices

@Suite struct NumberTextTests {
    @Test(arguments: [
        ("12", 12), ("-3", -3), ("+7", 7), ("0x1f", 31), ("-0X10", -16), ("010", 8), ("0", 0), ("-0", 0),
        ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
    ])
    func `an integer is read with its base`(text: String, value: Int) {
        #expect(NumberText.integer(text) == value)
    }

    @Test(arguments: [
        "", "-", "+", "0x", "x", "1.5", "12 ", "08", "--3", "+-3", "-+3", "0x-5", "0x+5", "1e3",
        "9223372036854775808", "--9223372036854775808",
    ])
    func `what is not wholly an integer is none`(text: String) {
        #expect(NumberText.integer(text) == nil)
    }

    @Test(arguments: [
        ("100", 100), ("12abc", 12), ("  7", 7), ("-5x", -5), ("+5", 5), ("abc", 0), ("", 0), ("-", 0), ("--5", 0),
        ("1.9", 1), ("0x10", 0),
    ])
    func `the integer a text begins with counts`(text: String, value: Int) {
        #expect(NumberText.integerPrefix(text) == value)
    }

    @Test(arguments: [
        (0.0, 6, "0.000000"), (1.5, 2, "1.50"), (32.004, 2, "32.00"), (-0.5, 1, "-0.5"), (-0.001, 2, "0.00"),
        (0.05, 2, "0.05"), (12.6, 0, "13"),
    ])
    func `a value is written with as many decimals`(value: Double, places: Int, text: String) {
        #expect(decimals(value, places) == text)
    }
}

@Suite struct AddressTextTests {
    @Test(arguments: [(":8", 8), (":00000008", 8), (":ABcd", 0xABCD), (":ffffffff", 0xFFFF_FFFF), (":0", 0)])
    func `an address is read in any of its forms`(text: String, value: UInt32) {
        #expect(AddressText.parseHex(text) == ServiceHandle(rawValue: value))
    }

    @Test(arguments: ["", ":", "8", ".8", ":xyz", ":100000000", "::8"])
    func `anything else is no address`(text: String) {
        #expect(AddressText.parseHex(text) == nil)
    }

    @Test func `an address is written short or with eight digits`() {
        let handle = ServiceHandle(rawValue: 0xAB)
        #expect(AddressText.short(handle) == ":ab")
        #expect(AddressText.padded(handle) == ":000000ab")
        #expect(AddressText.padded(handle, uppercase: true) == ":000000AB")
    }
}

@Suite struct NodeEnvironmentTests {
    @Test func `a key is written once`() {
        let environment = NodeEnvironment(["thread": "8"])
        #expect(environment["thread"] == "8")
        #expect(environment["new"] == nil)
        #expect(environment.define("new", ""))
        #expect(environment["new"] == "")
        #expect(!environment.define("new", "other"))
        #expect(!environment.define("thread", "4"))
        #expect(environment["thread"] == "8")
    }
}
