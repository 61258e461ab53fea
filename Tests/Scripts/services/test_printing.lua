-- Services that print and leave.

local skynet = require "skynet"
require "skynet.manager"

local function test()
	assert(skynet.newservice("dbg", "LIST") == nil)
	assert(skynet.newservice "cmemory" == nil)
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_printing" or "TEST FAILED test_printing: " .. failure)
	skynet.abort()
end)
