-- A script that leaves nothing of `package` and `require` as it was. What the library needs of itself is found.
-- Ends in `TEST OK replaced_paths` or `TEST FAILED replaced_paths: why`.

package.path = "./Tests/Scripts/runtime/support/?.lua;" .. package.path
local checks = require "checks"
local skynet = require "skynet"
local socket = require "skynet.socket"
local loading = require "skynet.require"
local snax = require "skynet.snax"
local require, package = require, package

--- What happened to `package` and `require`, and whether modules of other paths are still found.
local stages = {}

function stages.paths()
	package.path = "./nowhere/?.lua"
	package.cpath = "./nowhere/?.so"
end

function stages.searchers()
	package.searchers = {}
end

function stages.no_searchers()
	package.searchers = nil
end

function stages.greedy_searcher()
	package.searchers = { function(name)
		return function()
			error("the searcher was asked for " .. name)
		end
	end }
end

function stages.globals()
	_G.require = function(name)
		error("require was called for " .. name)
	end
	_G.package = nil
end

--- What every service does sooner or later, each with a part of the library behind it that was not needed before.
local function live()
	local quiet = skynet.newservice "quiet"
	assert(skynet.call(quiet, "lua") > 0)
	assert(skynet.call(quiet, "debug", "MEM") > 0)
	skynet.send(quiet, "debug", "EXIT")
	local order = {}
	local me = coroutine.running()
	skynet.fork(function()
		order[#order + 1] = "fork"
		skynet.timeout(0, function()
			order[#order + 1] = "timeout"
			skynet.wakeup(me)
		end)
	end)
	skynet.wait()
	checks.equal(order, { "fork", "timeout" })
	checks.equal(pcall(skynet.call, quiet, "lua"), false, "a dead service")
	assert(skynet.task() > 0 and skynet.mqlen() >= 0 and skynet.time() > 0 and skynet.self() > 0)
	assert(skynet.call(skynet.self(), "debug", "TASK"))
	for _, answer in skynet.request { skynet.self(), "debug", "PING" }:select() do
		checks.equal(answer ~= nil, true)
	end
	local listener, address, port = socket.listen("127.0.0.1", 0)
	socket.start(listener, function(fd)
		socket.start(fd)
		socket.write(fd, "hello\n")
		socket.close(fd)
	end)
	local fd = assert(socket.open(address, port))
	checks.equal(socket.readline(fd), "hello")
	socket.close(fd)
	socket.close(listener)
	assert(snax.queryservice)
end

--- Modules of the library that were not loaded before: one with a library in C behind it, and a native one.
local function load_more()
	checks.equal(require "sprotoparser".parse "", "\0\0")
	checks.equal(require "md5".sumhexa "abc", "900150983cd24fb0d6963f7d28e17f72")
	local ok, text = pcall(require, "no.such.module")
	assert(not ok and text:find("module 'no.such.module' not found:", 1, true), text)
end

local function init_twice()
	local ran = {}
	loading.init(function()
		ran[#ran + 1] = 1
	end)
	loading.init(function()
		ran[#ran + 1] = 2
	end)
	loading.init_all()
	loading.init_all()
	checks.equal(ran, { 1, 2 })
	checks.raises("assertion failed!", loading.init, "text")
end

init_twice()
stages.paths()

checks.run("replaced_paths", function()
	live()
	load_more()
	checks.equal(skynet.call(skynet.newservice "replaced_worker", "lua"), "all found")
	for _, name in ipairs { "searchers", "no_searchers", "greedy_searcher", "globals" } do
		stages[name]()
		local ok, err = xpcall(live, debug.traceback)
		assert(ok, name .. ": " .. tostring(err))
	end
end)
