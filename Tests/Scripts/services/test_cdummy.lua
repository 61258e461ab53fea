-- Global names on a single node: messages wait for the name, names are bound once.

local skynet = require "skynet"
require "skynet.manager"

local received = {}

--- A claim that never becomes true hangs, which whoever runs the test notices.
local function await(claim)
	while not claim() do
		skynet.sleep(1)
	end
end

local function test_held_messages()
	skynet.dispatch("lua", function(session, _, text)
		received[#received + 1] = text
		if session ~= 0 then
			skynet.retpack "answered"
		end
	end)
	assert(skynet.send("LATER", "lua", "first"))
	local answer
	skynet.fork(function() answer = skynet.call("LATER", "lua", "second") end)
	skynet.sleep(1)
	assert(#received == 0)
	skynet.register "LATER"
	await(function() return answer end)
	assert(received[1] == "first" and received[2] == "second" and answer == "answered")
	assert(skynet.send("LATER", "lua", "third"))
	await(function() return received[3] end)
	assert(received[3] == "third")
end

local function test_queries()
	local found
	skynet.fork(function() found = skynet.call(".cslave", "lua", "QUERYNAME", "AWAITED") end)
	skynet.sleep(1)
	assert(found == nil)
	skynet.name("AWAITED", skynet.self())
	await(function() return found end)
	assert(found == skynet.self())
	assert(skynet.call(".cslave", "lua", "QUERYNAME", ".launcher") == 3)
	assert(skynet.call(".cslave", "lua", "QUERYNAME", ".nobody") == nil)
	assert(not pcall(skynet.call, ".cslave", "lua", "REGISTER", "AWAITED", 8), "a name is bound once")
	skynet.call(".cslave", "lua", "LINK", 2)
	assert(not pcall(skynet.call, ".cslave", "lua", "LINKMASTER"))
end

local function test()
	test_held_messages()
	test_queries()
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_cdummy" or "TEST FAILED test_cdummy: " .. failure)
	skynet.abort()
end)
