-- How the debug console words what the driver knows of sockets.

local skynet = require "skynet"
require "skynet.manager"
local socket = require "skynet.socket"
local netstat = require "skynet.debugconsole.netstat"

--- What is said of something that happened so many ticks ago.
local function age(ticks)
	socket.netstat = function() return { { address = 1, rtime = skynet.now() - ticks, read = ticks } } end
	return netstat.list()[1].rtime
end

local function test()
	assert(age(150):find "^1%.5%d?s$")
	assert(age(6000) == "1:0s" and age(9000) == "1:30s")
	assert(age(360000) == "1:0:0s" and age(360000 * 26 + 6000 * 3 + 500) == "26:3:5s")
	assert(netstat.list()[1].address == ":00000001")
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_netstat" or "TEST FAILED test_netstat: " .. failure)
	skynet.abort()
end)
