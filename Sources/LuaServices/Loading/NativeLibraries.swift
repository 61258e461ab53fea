// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import LuaRuntime
internal import Synchronization

/// Finds modules that are C libraries, on a path like `package.cpath`.
///
/// A library that does not load, such as one that was built for another Lua or for skynet's own, is passed over and told
/// about: the next one on the path may be the one that was meant.
enum NativeLibraries {
    /// What is told of a library that does not load; ``ModuleFallback`` looks for it.
    static let complaint = "file '"

    /// Problems that were told already, each once in the life of the process.
    private static let told = Mutex<Set<String>>([])

    /// Pushes a loader and the file, or the text of what was tried. Stack: +2 or +1.
    ///
    /// - Parameter file: the module whose file is looked for: the module itself, or the root of its name.
    static func search(
        _ path: SearchPath,
        for name: String,
        inFileOf file: String,
        on stack: LuaStack
    ) throws(LuaError) -> Int32 {
        var (tried, problems): ([String], [String]) = ([], [])
        for candidate in path.candidates(for: file) {
            guard SearchPath.isReadable(candidate) else {
                tried.append("no file '\(candidate)'")
                continue
            }
            guard let problem = try open(candidate, name, on: stack) else {
                if !problems.isEmpty {
                    tell("module '\(name)' is '\(candidate)', for " + problems.joined(separator: ", "), stack)
                }
                stack.push(candidate)
                return 2
            }
            problems.append("\(complaint)\(candidate)' \(problem)")
            tried.append(problems[problems.count - 1])
        }
        stack.push(tried.joined(separator: "\n\t"))
        return 1
    }

    /// Pushes a loader of what the library's function for the module answered, or says why there is none.
    private static func open(_ file: String, _ name: String, on stack: LuaStack) throws(LuaError) -> String? {
        try stack.reserve(8)
        var problem = ""
        for function in functions(of: name) {
            guard try pushFunction(function, of: file, on: stack) else {
                problem = "does not load: \(stack.takeError().text)"
                continue
            }
            stack.push(name)
            stack.push(file)
            if stack.call(arguments: 2, results: 1) == .ok {
                stack.makeConstant()
                return nil
            }
            return "does not load: \(function): \(stack.takeError().text) (is it built for Lua 5.4?)"
        }
        return problem
    }

    /// What opens a module in C: of a name with a hyphen, what stands before it, or else behind it.
    private static func functions(of name: String) -> [String] {
        let parts = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.map { "luaopen_" + String($0).replacingDots(with: "_") }
    }

    /// Pushes the function, or the reason why it is not there.
    private static func pushFunction(
        _ function: String,
        of file: String,
        on stack: LuaStack
    ) throws(LuaError) -> Bool {
        guard ModuleSearchers.pushPackageField("loadlib", on: stack) == .function else {
            throw .message("'package.loadlib' must be a function")
        }
        stack.push(file)
        stack.push(function)
        if stack.call(arguments: 2, results: 2) != .ok { return false }
        if stack.type(-2) == .function {
            stack.pop()
            return true
        }
        stack.remove(-2)
        return false
    }

    private static func tell(_ text: String, _ stack: LuaStack) {
        guard told.withLock({ $0.insert(text).inserted }) else { return }
        if let service = try? LuaService.running(stack) {
            service.log(text)
        } else {
            let line = "swiftgate: \(text)\n"
            write(STDERR_FILENO, line, line.utf8.count)
        }
    }
}
