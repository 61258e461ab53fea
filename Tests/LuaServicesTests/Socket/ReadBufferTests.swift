// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaServices
import Testing

@Suite struct ReadBufferTests {
    private func find(_ buffer: inout ReadBuffer, _ text: String) -> Int? {
        [UInt8](text.utf8).withUnsafeBytes { buffer.find($0) }
    }

    private func take(_ buffer: inout ReadBuffer, _ size: Int) -> [UInt8] { buffer.take(size) { [UInt8]($0) } }

    @Test func bytesComeOutInTheOrderTheyWentIn() {
        for _ in 0..<50 {
            var buffer = ReadBuffer()
            var model: [UInt8] = []
            for _ in 0..<400 {
                if Bool.random() {
                    let bytes = (0..<Int.random(in: 0...30)).map { _ in UInt8.random(in: 0...255) }
                    buffer.append(MemoryBlock(bytes))
                    model += bytes
                } else {
                    let size = Int.random(in: 0...model.count)
                    let expected = [UInt8](model.prefix(size))
                    model.removeFirst(size)
                    if Bool.random() {
                        #expect(take(&buffer, size) == expected)
                    } else {
                        buffer.drop(size)
                    }
                }
                #expect(buffer.count == model.count)
            }
            #expect(take(&buffer, buffer.count) == model)
        }
    }

    @Test func separatorsAreFoundWhereTheReferenceFindsThem() {
        for _ in 0..<300 {
            var buffer = ReadBuffer()
            var model = ""
            for _ in 0..<20 {
                let piece = String((0..<Int.random(in: 0...4)).map { _ in "ab\n".randomElement()! })
                buffer.append(MemoryBlock([UInt8](piece.utf8)))
                model += piece
                let separator = ["\n", "ab", "aab", "\n\n", "bbbb"].randomElement()!
                let expected = model.firstRange(of: separator).map {
                    model.distance(from: model.startIndex, to: $0.lowerBound)
                }
                #expect(find(&buffer, separator) == expected)
                if let expected, Bool.random() {
                    buffer.drop(expected + separator.count)
                    model.removeFirst(expected + separator.count)
                }
            }
        }
    }

    @Test func anEmptySeparatorMatchesAtOnce() {
        var buffer = ReadBuffer()
        #expect(find(&buffer, "") == 0)
        buffer.append(MemoryBlock([1, 2]))
        #expect(find(&buffer, "") == 0)
    }

    @Test func aLineThatArrivesByteByByteIsFoundOnce() {
        var buffer = ReadBuffer()
        for _ in 0..<5000 {
            buffer.append(MemoryBlock([UInt8(ascii: "x")]))
            #expect(find(&buffer, "\r\n") == nil)
        }
        buffer.append(MemoryBlock([UInt8(ascii: "\r")]))
        #expect(find(&buffer, "\r\n") == nil)
        buffer.append(MemoryBlock([UInt8(ascii: "\n")]))
        #expect(find(&buffer, "\r\n") == 5000)
    }

    @Test func whatIsNotReadIsFreed() throws {
        let clean = try leavesNoBlocks(repetitions: 300) {
            var buffer = ReadBuffer()
            for _ in 0..<10 { buffer.append(MemoryBlock([1, 2, 3])) }
            buffer.append(MemoryBlock([]))
            _ = take(&buffer, 4)
            if Bool.random() { buffer.clear() }
        }
        #expect(clean)
    }
}
