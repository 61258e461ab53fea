// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaServices
import Testing

@Suite struct PacketAssemblerTests {
    /// Packets in the order a gate would see them.
    private struct Gate: ~Copyable {
        var assembler = PacketAssembler()

        mutating func read(_ bytes: [UInt8], from socket: Int32) -> [(Int32, [UInt8])] {
            var packets: [(Int32, [UInt8])] = []
            switch assembler.accept(MemoryBlock(bytes), from: socket) {
            case .incomplete: break
            case .packet(let packet): packets.append((socket, packet.array))
            case .queued:
                while let next = assembler.next { packets.append((next, assembler.pop().array)) }
            }
            return packets
        }
    }

    private func framed(_ body: [UInt8]) -> [UInt8] { [UInt8(body.count >> 8), UInt8(body.count & 255)] + body }

    @Test func randomSplitsYieldThePacketsThatWereSent() {
        for _ in 0..<60 {
            var gate = Gate()
            let sockets: [Int32] = [1, 2, 4097, .max]
            var sent: [Int32: [[UInt8]]] = [:]
            var waiting: [Int32: [UInt8]] = [:]
            for socket in sockets {
                let bodies = (0..<Int.random(in: 1...30)).map { _ in
                    [UInt8](
                        repeating: .random(in: 0...255),
                        count: Bool.random() ? .random(in: 0...5) : .random(in: 0...900)
                    )
                }
                sent[socket] = bodies
                waiting[socket] = bodies.flatMap(framed)
            }
            var received: [Int32: [[UInt8]]] = [:]
            while let socket = waiting.filter({ !$0.value.isEmpty }).keys.randomElement() {
                let length = min(waiting[socket]!.count, Bool.random() ? .random(in: 1...3) : .random(in: 1...1500))
                let chunk = [UInt8](waiting[socket]!.prefix(length))
                waiting[socket]!.removeFirst(length)
                for (from, packet) in gate.read(chunk, from: socket) { received[from, default: []].append(packet) }
            }
            #expect(received == sent)
        }
    }

    @Test func oneByteAtATimeYieldsTheSamePackets() {
        var gate = Gate()
        let bodies: [[UInt8]] = [[], [7], [UInt8](repeating: 1, count: 300), [], [1, 2]]
        var received: [[UInt8]] = []
        for byte in bodies.flatMap(framed) { received += gate.read([byte], from: 3).map(\.1) }
        #expect(received == bodies)
    }

    @Test func tenThousandPacketsInOneReadKeepTheirOrder() {
        var gate = Gate()
        let bodies = (0..<10_000).map { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(gate.read(bodies.flatMap(framed), from: 1).map(\.1) == bodies)
    }

    @Test func theLargestPacketPasses() {
        var gate = Gate()
        let body = [UInt8](repeating: 9, count: PacketAssembler.rules.framing.largestPacket)
        #expect(gate.read(framed(body), from: 1).map(\.1) == [body])
        let bytes = framed(body)
        #expect(gate.read([UInt8](bytes.prefix(40_000)), from: 1).isEmpty)
        #expect(gate.read([UInt8](bytes.dropFirst(40_000)), from: 1).map(\.1) == [body])
    }

    @Test func theQueueWrapsAroundWithoutLosingOrder() {
        var assembler = PacketAssembler()
        var expected: [UInt8] = []
        var counter: UInt8 = 0
        for round in 0..<200 {
            let batch = (0..<(round % 40 + 2)).map { _ in
                counter &+= 1
                return counter
            }
            expected += batch
            _ = assembler.accept(MemoryBlock(batch.flatMap { framed([$0]) }), from: 1)
            for _ in 0..<min(expected.count, 17) { #expect(assembler.pop().array == [expected.removeFirst()]) }
        }
        while assembler.next != nil { #expect(assembler.pop().array == [expected.removeFirst()]) }
        #expect(expected.isEmpty)
    }

    @Test func nothingReadChangesNothing() {
        var gate = Gate()
        #expect(gate.read([], from: 1).isEmpty)
        #expect(gate.read([0], from: 1).isEmpty)
        #expect(gate.read([], from: 1).isEmpty)
        #expect(gate.read([1, 5], from: 1).map(\.1) == [[5]])
    }

    @Test func whatWasNeverPoppedIsFreed() throws {
        #expect(
            try leavesNoBlocks(repetitions: 300) {
                var assembler = PacketAssembler()
                _ = assembler.accept(MemoryBlock(framed([1]) + framed([2]) + [0]), from: 1)
                _ = assembler.accept(MemoryBlock([0, 9, 1]), from: 2)
                _ = assembler.accept(MemoryBlock([0, 9, 1]), from: 3)
                _ = assembler.accept(MemoryBlock([2, 3]), from: 2)
                assembler.forget(3)
                if Bool.random() { assembler.clear() }
            }
        )
    }
}
