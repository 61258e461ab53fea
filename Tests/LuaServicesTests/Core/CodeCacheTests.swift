// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import LuaServices

@Suite struct CodeCacheTests {
    private let node: CoreNode
    private let file: URL

    init() throws {
        node = try CoreNode()
        file = node.folder.appending(path: "cached.lua")
        try "return 1".write(to: file, atomically: true, encoding: .utf8)
    }

    private func edit(_ source: String) throws {
        try source.write(to: file, atomically: true, encoding: .utf8)
    }

    private func script(_ source: String) {
        node.script("local file, cache = '\(file.path())', require 'skynet.codecache'\n" + source)
    }

    @Test func `an edit is invisible to every service until the cache is cleared`() throws {
        script("equal(1, loadfile(file)())")
        try edit("return 2")
        script("equal(1, loadfile(file)()) equal(1, dofile(file)) equal(nothing, cache.clear()) equal(2, dofile(file))")
        try FileManager.default.removeItem(at: file)
        script("equal(2, loadfile(file, 't')())")
    }

    @Test func `a state can leave the cache out, or leave it as it is`() throws {
        script("equal('ON', cache.mode()) equal(nothing, cache.mode 'EXIST') equal(1, dofile(file))")
        try edit("return 2")
        script("cache.mode 'EXIST' equal('EXIST', cache.mode()) equal(2, dofile(file))")
        try edit("return 3")
        script("equal(3, dofile(file))")
        try edit("return 4")
        script("cache.mode 'OFF' equal(4, dofile(file)) cache.mode 'EXIST' equal(3, dofile(file))")
        script("fails(\"bad argument #1 to 'skynet.codecache.mode' (invalid option 'X')\", cache.mode, 'X')")
    }

    @Test func `every load is a fresh closure with its own environment`() throws {
        try edit("count = (count or 0) + 1 return count")
        script("equal(1, loadfile(file, nil, {})()) equal(1, loadfile(file, nil, {})()) equal(1, dofile(file))")
        script("assert(loadfile(file) ~= loadfile(file))")
    }

    @Test func `a first line for the shell and a byte order mark are no Lua`() throws {
        try edit("\u{FEFF}#!/usr/bin/lua\nreturn debug.getinfo(1, 'l').currentline, debug.getinfo(1, 'S').source")
        script("equal({ 2, '@' .. file }, dofile(file))")
    }

    @Test func `what cannot be loaded is not cached`() throws {
        try edit("return +")
        script("local f, why = loadfile(file) equal(nil, f) assert(why:find 'unexpected symbol')")
        try edit("return 5")
        script("equal(5, dofile(file))")
        script("local f, why = loadfile(file .. 'x') equal(nil, f) assert(why:find 'No such file')")
    }
}
