// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Observability

@Suite(.timeLimit(.minutes(5))) struct LogWriterTests {
    private static func ended(_ writer: LogWriter) async {
        await withCheckedContinuation { continuation in writer.whenEnded { continuation.resume() } }
    }

    private static func readAll(_ descriptor: Int32) -> String {
        String(decoding: FileHandle(fileDescriptor: descriptor).readDataToEndOfFile(), as: UTF8.self)
    }

    @Test func `a pipe that nobody reads holds up nobody, and lines beyond the limit are told of`() async throws {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        let writer = LogWriter(to: ends[1], path: nil, limit: 100_000)
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        // Far more than the pipe and the queue hold.
        for _ in 0..<10_000 { writer.append(line) }
        #expect(writer.unwritten > 1000)
        writer.finish()
        let end = ends[0]
        async let read = onThread { Self.readAll(end) }
        await Self.ended(writer)
        close(ends[1])
        let text = try await read
        let lines = text.split(separator: "\n")
        let notices = lines.filter { $0.contains("dropped here: it is not read as fast as it is written") }
        let dropped = notices.reduce(0) { $0 + (Int($1.split(separator: " ")[2]) ?? 0) }
        #expect(notices.count >= 1)
        #expect(lines.count - notices.count + dropped == 10_000)
        #expect(writer.unwritten == 0)
        close(ends[0])
    }

    @Test func `a full disk is tried until the end, and what it did not take is counted`() async {
        let writer = LogWriter(to: open("/dev/full", O_WRONLY), path: "/dev/full")
        for _ in 0..<10 { writer.append(Array("a line\n".utf8)) }
        writer.finish()
        await Self.ended(writer)
        #expect(writer.unwritten == 10)
    }

    @Test func `after a full disk the lines are written to the file that was opened anew`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "swiftgate-log-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "node.log").path()
        let writer = LogWriter(to: open("/dev/full", O_WRONLY), path: path)
        writer.append(Array("patient\n".utf8))
        while writer.unwritten == 0 { await Task.yield() }
        writer.reopen()
        writer.finish()
        await Self.ended(writer)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "patient\n")
        #expect(writer.unwritten == 0)
    }

    @Test func `a reader that has gone for good costs the lines, and nothing else`() async {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        close(ends[0])
        let writer = LogWriter(to: ends[1], path: nil)
        for _ in 0..<3 { writer.append(Array("a line\n".utf8)) }
        writer.finish()
        await Self.ended(writer)
        #expect(writer.unwritten == 3)
        close(ends[1])
    }
}
