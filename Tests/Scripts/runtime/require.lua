-- Accepts no messages.
-- Modules that block while they load, and `skynet.init`.
-- Ends in `TEST OK require` or `TEST FAILED require: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local checks = require "checks"

_G.trail = {}
local trail = _G.trail

skynet.init(function()
	skynet.sleep(1)
	trail[#trail + 1] = "first init"
end)
require "init_in_main"
checks.raises("assertion failed!", skynet.init, 1)

local function blocking_module()
	local second
	skynet.fork(function()
		second = require "blocking"
	end)
	local first = require "blocking"
	skynet.yield()
	assert(first == second and first.name == "blocking" and first.filename:find "blocking.lua$")
	checks.equal(trail, { "first init", "second init", "inner chunk", "inner init", "chunk", "init" })
	assert(require "blocking" == first)
end

local function failing_module()
	local second
	skynet.fork(function()
		second = select(2, pcall(require, "failing"))
	end)
	local ok, err = pcall(require, "failing")
	skynet.yield()
	assert(not ok and err:find "expected" and err:find "stack traceback")
	assert(second:find "require failing failed$", second)
	assert(not pcall(require, "failing"))
end

local function other_failures()
	local _, err = pcall(require, "circular")
	assert(err:find "circular dependency")
	_, err = pcall(require, "no.such.module")
	assert(err:find "module 'no.such.module' not found")
	_, err = pcall(require, "broken_syntax")
	assert(err:find "error loading module 'broken_syntax'")
	checks.raises("bad argument #1 to 'insert' (table expected, got nil)", skynet.init, print)
	checks.equal(require "returns_nothing", true)
end

checks.run("require", function()
	checks.equal(trail, { "first init", "second init" })
	blocking_module()
	failing_module()
	other_failures()
end)
