// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import ServiceKernel
import SocketDriver
import Testing

@testable import LuaServices

/// The pure parts of the harbor: records, what comes in over a link, commands, the states of a link.
@Suite struct HarborWireTests {
    /// Bytes as a skynet node sent them, and what they mean.
    private static let vectors: [(hex: String, record: HarborRecord)] = [
        (
            "00000019" + "6463616c6c2d62792d6e616d65" + "010000090a00007700000003",
            HarborRecord(
                type: MessageType(rawValue: 10),
                source: ServiceHandle(rawValue: 0x0100_0009),
                destination: 0x77,
                session: 3,
                body: [0x64] + Array("call-by-name".utf8)
            )
        ),
        (
            "0000000c" + "010fffff0700009900000006",
            HarborRecord(
                type: .error,
                source: ServiceHandle(rawValue: 0x010F_FFFF),
                destination: 0x99,
                session: 6,
                body: []
            )
        ),
    ]

    private static func events(
        _ assembler: inout HarborAssembler,
        _ piece: some Collection<UInt8>
    ) -> [HarborAssembler.Event] {
        Array(piece).withUnsafeBytes { piece in
            var (events, rest): ([HarborAssembler.Event], UnsafeRawBufferPointer) = ([], piece)
            while case let event = assembler.next(in: &rest), event != .incomplete {
                events.append(event)
                if event == .tooLong || event == .tooShort { break }
            }
            return events
        }
    }

    @Test(arguments: vectors) func `a message has the bytes that skynet gives it`(hex: String, record: HarborRecord) {
        let message = Message(
            type: record.type,
            source: record.source,
            session: record.session,
            payload: MemoryBlock(record.body)
        )
        let handle = ServiceHandle(rawValue: 0x0200_0000 | record.destination)
        #expect(HarborRecord.encode(message, to: handle) == bytes(hex: hex))
    }

    @Test func `records are found wherever the stream is cut`() {
        let stream: [UInt8] = Self.vectors.reduce([2]) { $0 + bytes(hex: $1.hex) }
        let expected: [HarborAssembler.Event] = [.greeting(2)] + Self.vectors.map { .record($0.record) }
        for cut in 0...stream.count {
            var assembler = HarborAssembler(awaitsGreeting: true)
            let found = Self.events(&assembler, stream[..<cut]) + Self.events(&assembler, stream[cut...])
            #expect(found == expected, "cut at \(cut)")
        }
        var assembler = HarborAssembler(awaitsGreeting: true)
        var found: [HarborAssembler.Event] = []
        for byte in stream { found += Self.events(&assembler, [byte]) }
        #expect(found == expected)
    }

    @Test func `no number is expected where it was read`() {
        var assembler = HarborAssembler(awaitsGreeting: false)
        let found = Self.events(&assembler, bytes(hex: Self.vectors[1].hex))
        #expect(found == [.record(Self.vectors[1].record)])
    }

    @Test(arguments: [
        ([1, 0, 0, 0], HarborAssembler.Event.tooLong), ([255, 255, 255, 255], .tooLong), ([0, 0, 0, 0], .tooShort),
        ([0, 0, 0, 11], .tooShort), ([0, 0, 0, 12], .incomplete), ([0, 255, 255, 255], .incomplete),
    ])
    func `a length that no record has is told`(head: [UInt8], expected: HarborAssembler.Event) {
        var assembler = HarborAssembler(awaitsGreeting: false)
        let found = Self.events(&assembler, head)
        #expect(found == (expected == .incomplete ? [] : [expected]))
    }

    @Test func `negative sessions and all types survive`() throws {
        for type in UInt8.min...UInt8.max {
            let message = Message(
                type: MessageType(rawValue: type),
                source: ServiceHandle(rawValue: 0xFFFF_FFFF),
                session: .min,
                payload: MemoryBlock([type])
            )
            var assembler = HarborAssembler(awaitsGreeting: false)
            let bytes = HarborRecord.encode(message, to: ServiceHandle(rawValue: 0x07FF_FFFE))
            guard case .record(let record)? = Self.events(&assembler, bytes).first else {
                Issue.record("no record of type \(type)")
                return
            }
            #expect(record.type.rawValue == type && record.session == .min && record.body == [type])
            #expect(record.source.rawValue == 0xFFFF_FFFF && record.destination == 0xFF_FFFE)
        }
    }

    @Test(arguments: [
        ("S 5 2", HarborCommand.connected(5, id: 2)), ("A 12 255", .accepted(12, id: 255)), ("N NAME", .named("NAME")),
        ("N with blank", .named("with blank")), ("N fifteen_bytes_a", .named("fifteen_bytes_a")),
        ("N sixteen_bytes_ab", .invalid("Invalid global name sixteen_bytes_ab")),
        ("N ", .invalid("Invalid global name ")),
        ("N", .invalid("Invalid global name ")), ("S", .invalid("Invalid command S")),
        ("S 5", .invalid("Invalid command S 5")), ("S 5 0", .invalid("Invalid command S 5 0")),
        ("S 5 256", .invalid("Invalid command S 5 256")), ("A x 2", .invalid("Invalid command A x 2")),
        ("A -1 2", .invalid("Invalid command A -1 2")), ("Q NAME", .invalid("Unknown command Q NAME")),
        ("", .invalid("Unknown command ")),
    ])
    func `a command is understood, or said to be none`(text: String, expected: HarborCommand) {
        #expect(HarborCommand(parsing: text) == expected)
    }

    @Test func `a link keeps, then sends, then refuses`() {
        var link = HarborLink()
        var sent: [[UInt8]] = []
        func deliver(_ byte: UInt8) -> Bool {
            link.deliver {
                [byte]
            } send: { _, bytes in
                sent.append(bytes)
            }
        }
        func connect(_ socket: SocketID, isGreeted: Bool) -> [UInt8]? { link.connect(socket, isGreeted: isGreeted) }
        #expect(deliver(1))
        #expect(connect(4, isGreeted: false) == [])
        #expect(deliver(2))
        #expect(connect(5, isGreeted: true) == nil)
        let waiting = link.open()
        #expect(waiting == [1, 2])
        #expect(deliver(3))
        #expect(sent == [[3]])
        link.fail()
        #expect(!deliver(4))
        #expect(connect(6, isGreeted: true) == [])
        #expect(deliver(5))
        #expect(sent == [[3], [5]])
    }
}
