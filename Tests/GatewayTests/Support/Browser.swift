// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// A headless Chromium with one page, driven by its DevTools protocol over a descriptor; it speaks to loopback only.
///
/// Every wait has a limit. The process is ended by `deinit` at the latest, by its id, and takes its children along.
final class Browser {
    typealias Message = [String: Any]

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Debian's package `chromium`; nil where it is not installed.
    static let executable: URL? = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
        .map { URL(filePath: $0) }

    private let process = Process()
    private let directory: URL
    private let tools: GateClient
    private var received: ArraySlice<UInt8> = []
    private var lastCommand = 0
    private var session: String?

    init() throws {
        guard let executable = Self.executable else { throw Failure(description: "Chromium is not installed") }
        directory = FileManager.default.temporaryDirectory.appending(
            path: "swiftgate-browser-\(UUID().uuidString)",
            directoryHint: .isDirectory
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var ends: [Int32] = [-1, -1]
        if socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) != 0 {
            throw Failure(description: "socketpair: \(String(cString: strerror(errno)))")
        }
        tools = GateClient(adopting: ends[0])
        process.executableURL = URL(filePath: "/bin/sh")
        // Chromium reads commands from descriptor 3 and answers at 4.
        process.arguments =
            ["-c", "exec \"$0\" \"$@\" 3<&0 4>&0 </dev/null", executable.path()] + Self.switches(directory)
        process.environment = ["HOME": directory.path(), "PATH": "/usr/bin:/bin", "TMPDIR": directory.path()]
        process.standardInput = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        process.standardOutput = FileHandle.nullDevice
        let log = directory.appending(path: "log")
        _ = FileManager.default.createFile(atPath: log.path(), contents: nil)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
    }

    deinit {
        tools.hangUp()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    private static func switches(_ directory: URL) -> [String] {
        [
            "--headless", "--remote-debugging-pipe", "--user-data-dir=\(directory.path())profile",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage",
            // Its own fence needs rights that containers do not give; the only page it sees is ours.
            "--no-sandbox", "about:blank",
        ]
    }

    // MARK: A page

    /// Opens a page and answers when it begins to be shown.
    func open(_ url: String) throws {
        let target = try ask("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
        session = try ask("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
        let result = try ask("Page.navigate", ["url": url])
        if let problem = result["errorText"] as? String { throw Failure(description: "\(url): \(problem)") }
    }

    /// Runs JavaScript in the page; a promise is waited for. Answers the value as text.
    @discardableResult
    func run(_ script: String) throws -> String {
        let result = try ask("Runtime.evaluate", ["expression": script, "awaitPromise": true, "returnByValue": true])
        if let problem = result["exceptionDetails"] as? Message {
            throw Failure(description: "\(script): \(problem)")
        }
        return (result["result"] as? Message)?["value"].map { "\($0)" } ?? ""
    }

    /// Waits until the page shows the text.
    func see(_ text: String) throws {
        try run(
            """
            new Promise((done) => {
                const look = () => {
                    if (document.body && document.body.innerText.includes(\(try Self.literal(text)))) {
                        observer.disconnect();
                        done();
                    }
                };
                const observer = new MutationObserver(look);
                observer.observe(document, { childList: true, subtree: true, characterData: true });
                look();
            })
            """
        )
    }

    static func literal(_ text: String) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed), as: UTF8.self)
    }

    // MARK: The protocol

    /// Sends a command and waits for its answer; events in between are passed over.
    private func ask(_ method: String, _ parameters: Message) throws -> Message {
        lastCommand += 1
        var command: Message = ["id": lastCommand, "method": method, "params": parameters]
        if let session { command["sessionId"] = session }
        do {
            try tools.write([UInt8](try JSONSerialization.data(withJSONObject: command)) + [0])
            while true {
                let message = try next()
                guard message["id"] as? Int == lastCommand else { continue }
                if let result = message["result"] as? Message { return result }
                throw Failure(description: "\(message["error"] ?? message)")
            }
        } catch {
            let log = (try? String(contentsOf: directory.appending(path: "log"), encoding: .utf8)) ?? ""
            throw Failure(description: "\(method) \(parameters): \(error)\n\(log.suffix(2000))")
        }
    }

    /// Messages end with a zero.
    private func next() throws -> Message {
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = Data(received[..<end])
                received = received[(end + 1)...]
                return try JSONSerialization.jsonObject(with: message) as? Message ?? [:]
            }
            let count = recv(tools.descriptor, &block, block.count, 0)
            if count == 0 { throw Failure(description: "Chromium has ended") }
            if count < 0 { throw Failure(description: "no answer: \(String(cString: strerror(errno)))") }
            received += block[..<count]
        }
    }
}
