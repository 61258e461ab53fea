-- What `.launcher` answers: starts that succeed, fail or end early, lists, surveys, kills.

local skynet = require "skynet"
require "skynet.manager"

local role = ...

--- What this script does when the test starts it again, by its argument.
local roles = {}

function roles.leaf()
	skynet.dispatch("lua", function(_, _, ...) skynet.retpack(...) end)
end

function roles.quitter()
	skynet.exit()
end

function roles.failure()
	error "deliberate"
end

function roles.busy()
	skynet.dispatch("debug", function() skynet.ignoreret() end)
end

local function launcher(...)
	return skynet.call(".launcher", "lua", ...)
end

local function start(which)
	return skynet.newservice(SERVICE_NAME, which)
end

local function test_starts()
	local leaf = start "leaf"
	assert(skynet.call(leaf, "lua", "hello") == "hello")
	assert(select("#", start "quitter") == 0, "an exit during start returns nothing")
	local ok, failure = pcall(start, "failure")
	assert(not ok and failure:find "call failed$")
	assert(not pcall(skynet.newservice, "no such service"))
	assert(not pcall(skynet.newservice, SERVICE_NAME, true), "a boolean is no argument")
	return leaf
end

local function test_surveys(leaf)
	local key, description = skynet.address(leaf), "snlua " .. SERVICE_NAME .. " leaf"
	assert(launcher "LIST"[key] == description)
	assert(launcher "list"[skynet.address(skynet.self())] == "snlua " .. SERVICE_NAME)
	local stat = launcher("STAT", 3000)[key]
	assert(stat.mqlen == 0 and stat.task == 0 and stat.message > 0 and stat.cpu)
	assert(launcher("MEM", 3000)[key]:find("^[%d.]+ Kb %(" .. description:gsub("%p", "%%%0") .. "%)$"))
	assert(launcher("GC", 3000)[key])
	local busy = start "busy"
	assert(launcher("STAT", 5)[skynet.address(busy)] == "TIMEOUT")
	assert(launcher("MEM", 5)[skynet.address(busy)]:find "^TIMEOUT %(snlua")
	skynet.kill(busy)
end

local function test_kill(leaf)
	local key = skynet.address(leaf)
	assert(launcher("KILL", leaf)[key] == "snlua " .. SERVICE_NAME .. " leaf")
	assert(launcher("KILL", leaf)[key] == "nil")
	assert(launcher("KILL", key)[key] == "nil")
	assert(launcher "LIST"[key] == nil)
	assert(skynet.send(leaf, "lua") == nil)
	assert(launcher "NONSENSE"[1] == "Unknown command")
	assert(not pcall(launcher, "LAUNCH", "no_such_native"))
end

local function test()
	local leaf = test_starts()
	test_surveys(leaf)
	test_kill(leaf)
end

if role then
	skynet.start(roles[role])
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK test_launcher" or "TEST FAILED test_launcher: " .. failure)
		skynet.abort()
	end)
end
