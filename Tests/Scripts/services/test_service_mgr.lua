-- Unique services: started once, waited for, remembered, also when they fail.

local skynet = require "skynet"
require "skynet.manager"

local role = ...
local roles = {}

function roles.slow()
	skynet.sleep(20)
end

function roles.failure()
	error "deliberate"
end

function roles.quitter()
	skynet.exit()
end

local function manager(...)
	return skynet.call(".service", "lua", ...)
end

--- One script, several unique names: the name carries the role.
local function unique(which, ...)
	return skynet.uniqueservice(SERVICE_NAME .. " " .. which, ...)
end

local function test_once()
	local name, found = SERVICE_NAME .. " slow", {}
	skynet.fork(function() found.query = skynet.queryservice(name) end)
	skynet.fork(function() found.other = skynet.uniqueservice(name) end)
	skynet.fork(function() found.listing = manager "LIST"[name] end)
	found.first = skynet.uniqueservice(name)
	while not (found.query and found.other and found.listing) do
		skynet.sleep(1)
	end
	assert(found.first and found.first == found.query and found.first == found.other)
	assert(found.listing:find "Launching from :%x+" or found.listing:find "^Querying:")
	assert(unique "slow" == found.first)
	assert(manager "LIST"[name] == skynet.address(found.first))
	skynet.kill(found.first)
	assert(unique "slow" == found.first, "a stale address is kept")
end

local function test_global()
	local name = SERVICE_NAME .. " slow"
	local everywhere = skynet.uniqueservice(true, name)
	assert(everywhere == skynet.queryservice(true, name))
	assert(manager "LIST"["@" .. name] == skynet.address(everywhere))
end

local function test_failures()
	for _ = 1, 2 do
		local ok, failure = pcall(unique, "failure")
		assert(not ok and failure:find "call failed$")
		ok, failure = pcall(skynet.queryservice, SERVICE_NAME .. " failure")
		assert(not ok and failure:find "call failed$")
	end
	assert(manager "LIST"[SERVICE_NAME .. " failure"]:find "^Error: ")
	for _ = 1, 2 do
		local ok, failure = pcall(unique, "quitter")
		assert(not ok and tostring(failure):find "assertion failed!")
	end
	local address, failure = manager "NONSENSE"
	assert(address == nil and failure == "Invalid command NONSENSE")
	assert(skynet.newservice "service_mgr" == nil, "a second manager leaves")
end

local function test()
	test_once()
	test_global()
	test_failures()
end

if role then
	skynet.start(roles[role])
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK test_service_mgr" or "TEST FAILED test_service_mgr: " .. failure)
		skynet.abort()
	end)
end
