-- A fresh node has its services at the addresses of old, with their names.

local skynet = require "skynet"
require "skynet.manager"

local function test()
	assert(skynet.localname ".launcher" == 3)
	assert(skynet.localname ".cslave" == 4)
	assert(skynet.localname ".service" == 7)
	assert(skynet.self() == 8)
	assert(skynet.getenv "standalone" == "true")
	assert(skynet.call(".cslave", "lua", "QUERYNAME", "DATACENTER") == 6)
	assert(skynet.call(".cslave", "lua", "QUERYNAME", "SERVICE") == 7)
	-- The bootstrap service ends when the start function of this one has returned, not before.
	assert(skynet.send(2, "debug", "PING"))
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_bootstrap" or "TEST FAILED test_bootstrap: " .. failure)
	skynet.abort()
end)
