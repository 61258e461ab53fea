// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// Where `require` looks last, and what it says when a module is nowhere.
///
/// Scripts replace `package.path`, `package.cpath` and even `package.searchers`; what the program and its library need of
/// themselves is found all the same.
enum ModuleFallback {
    /// Where the program's own modules are.
    struct Places {
        let isNative: (String) -> Bool
        /// For a guess, which is rarely made.
        let natives: () -> [String]
        let library: String
        let nativeLibrary: String
    }

    /// Answers a loader and its data, or the text of the error.
    ///
    /// - Parameters:
    ///   - tried: what the searchers said; nil when none was asked.
    ///   - openNative: opens one of the native modules.
    static func find(
        _ name: String,
        after tried: String?,
        in places: Places,
        openNative: @escaping LuaFunction.Entry,
        on stack: LuaStack
    ) throws(LuaError) -> Int32 {
        if places.isNative(name) {
            stack.push(openNative)
            stack.push(":native:")
            return 2
        }
        var tried = tried ?? ""
        if try look(in: places, for: name, adding: &tried, on: stack) { return 2 }
        let paths = [
            places.library, places.nativeLibrary, ModuleSearchers.packagePath("path", on: stack) ?? "",
            ModuleSearchers.packagePath("cpath", on: stack) ?? "",
        ]
        let guess = ModuleGuess.nearest(to: name, natives: places.natives(), paths: paths.map(SearchPath.init))
        stack.push(position(on: stack) + text(of: name, tried, guess))
        return 1
    }

    /// The paths of the program, where they are not those that were searched already.
    private static func look(
        in places: Places,
        for name: String,
        adding tried: inout String,
        on stack: LuaStack
    ) throws(LuaError) -> Bool {
        let wasAsked = !tried.isEmpty
        if !wasAsked || ModuleSearchers.packagePath("path", on: stack) != places.library {
            if try ModuleSearchers.search(places.library, for: name, on: stack) == 2 { return true }
            tried += "\n\t" + stack.takeError().text
        }
        if wasAsked, ModuleSearchers.packagePath("cpath", on: stack) == places.nativeLibrary { return false }
        let path = SearchPath(places.nativeLibrary)
        if try NativeLibraries.search(path, for: name, inFileOf: name, on: stack) == 2 { return true }
        tried += "\n\t" + stack.takeError().text
        return false
    }

    /// What was found and does not load comes before all that was not found.
    private static func text(of name: String, _ tried: String, _ guess: String?) -> String {
        let lines = tried.split(separator: "\n\t").map(String.init)
        let broken = lines.filter { $0.hasPrefix(NativeLibraries.complaint) }
        let missing = lines.filter { !$0.hasPrefix(NativeLibraries.complaint) }
        let head = "module '\(name)' not found:" + (guess.map { " did you mean '\($0)'?" } ?? "")
        return ([head] + broken + missing).joined(separator: "\n\t")
    }

    /// `file:line: ` of the script that asked, rather than of the library's own `require`.
    private static func position(on stack: LuaStack) -> String {
        // 0 is this function, 1 is `require`.
        var level: Int32 = 2
        while let frame = stack.frame(level), isOwn(frame.source) { level += 1 }
        let place = stack.place(level: level)
        return place == "?" ? "" : "\(place): "
    }

    private static func isOwn(_ source: String) -> Bool {
        source.hasSuffix("/skynet/require.lua") || source.hasSuffix("/skynet/blocking_require.lua")
    }

    /// The text of an error without the lines about files that are not there, which the log has already.
    static func summary(of text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("\tno ") }
            .joined(separator: "\n")
    }
}
