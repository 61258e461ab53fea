// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import LuaRuntime
internal import Synchronization

/// Compiled files, shared by all services of a node.
///
/// Keyed by the exact file name: once any service has loaded a file, later loads get the same code even if the file
/// has changed, until the cache is cleared. Stock Lua cannot share function prototypes between states, so what is shared
/// is the precompiled chunk.
public final class CodeCache: Sendable {
    /// What one state does with the cache.
    public enum Mode: String, Sendable {
        /// Use and fill it.
        case on = "ON"
        /// Always read the file.
        case off = "OFF"
        /// Use it, do not fill it.
        case exist = "EXIST"
    }

    /// The compiled form of a file. A file that is compiled anew gets a new number.
    private struct Chunk {
        let number: Int
        let code: [UInt8]
    }

    private struct Chunks {
        var byPath: [String: Chunk] = [:]
        var count = 0
    }

    /// How loading went, and which shared code was loaded, if it was shared.
    struct Outcome {
        let status: LuaStatus
        let chunk: Int?
    }

    private let chunks = Mutex(Chunks())
    /// Where modules were found: search path and name → file.
    private let places = Mutex<[String: String]>([:])

    public init() {}

    public func clear() {
        chunks.withLock { $0.byPath = [:] }
        places.withLock { $0 = [:] }
    }

    /// The file a module was found in before, on the same search path.
    func place(of module: String, on path: String) -> String? { places.withLock { $0[path + "\0" + module] } }

    func remember(_ place: String, of module: String, on path: String) {
        places.withLock { $0[path + "\0" + module] = place }
    }

    /// Pushes the main function of a file, or the message why it cannot be loaded.
    func load(_ path: String, on stack: LuaStack, mode: Mode, chunkMode: String? = nil) -> Outcome {
        if mode != .off, let chunk = chunks.withLock({ $0.byPath[path] }) { return load(chunk, on: stack) }
        let source: [UInt8]
        switch Self.read(path) {
        case .success(let bytes): source = bytes
        case .failure(let failure):
            stack.push(failure.text)
            return Outcome(status: .fileError, chunk: nil)
        }
        guard mode == .on else {
            return Outcome(status: Self.compile(source, path, chunkMode, on: stack), chunk: nil)
        }
        return share(source, path, chunkMode, on: stack)
    }

    /// Compiles in a state of its own, for what the compiler leaves behind is not this service's.
    private func share(_ source: [UInt8], _ path: String, _ chunkMode: String?, on stack: LuaStack) -> Outcome {
        let code: [UInt8]
        do {
            let compiler = try LuaState()
            try compiler.stack.check(Self.compile(source, path, chunkMode, on: compiler.stack))
            code = compiler.stack.dump()
        } catch {
            stack.push(error.text)
            return Outcome(status: .syntaxError, chunk: nil)
        }
        let chunk = chunks.withLock { chunks in
            chunks.count += 1
            let chunk = Chunk(number: chunks.count, code: code)
            chunks.byPath[path] = chunk
            return chunk
        }
        return load(chunk, on: stack)
    }

    /// The name a precompiled chunk was compiled under is part of it.
    private func load(_ chunk: Chunk, on stack: LuaStack) -> Outcome {
        let status = chunk.code.withUnsafeBytes { stack.load($0, chunkName: "=compiled", mode: "b") }
        return Outcome(status: status, chunk: chunk.number)
    }

    private static func compile(
        _ source: [UInt8],
        _ path: String,
        _ chunkMode: String?,
        on stack: LuaStack
    ) -> LuaStatus {
        compilable(source).withUnsafeBytes { stack.load($0, chunkName: "@" + path, mode: chunkMode) }
    }

    struct Failure: Error {
        let text: String
    }

    static func read(_ path: String) -> Result<[UInt8], Failure> {
        guard let file = fopen(path, "rb") else {
            return .failure(Failure(text: "cannot open \(path): \(String(cString: strerror(errno)))"))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { break }
            bytes += block[..<count]
        }
        if ferror(file) != 0 {
            return .failure(Failure(text: "cannot read \(path): \(String(cString: strerror(errno)))"))
        }
        return .success(bytes)
    }

    /// Without a byte order mark, and with a first line that begins with `#` blanked, as Lua's own loader does.
    static func compilable(_ source: [UInt8]) -> ArraySlice<UInt8> {
        var rest = source[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        if rest.first == UInt8(ascii: "#") { rest = rest.drop { $0 != UInt8(ascii: "\n") } }
        return rest
    }
}

extension LuaStatus {
    /// As `luaL_loadfile` reports a file it cannot read.
    static let fileError = LuaStatus(6)
    static let syntaxError = LuaStatus(3)
}
