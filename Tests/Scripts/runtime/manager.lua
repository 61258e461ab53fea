-- Accepts `lua` messages.
-- Names, exit monitor, single-node harbor, serialized messages (mqueue).
-- Ends in `TEST OK manager` or `TEST FAILED manager: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local harbor = require "skynet.harbor"
local mqueue = require "skynet.mqueue"
local checks = require "checks"

local function names()
	skynet.register ".manager_test"
	checks.equal(skynet.localname ".manager_test", skynet.self())
	local echo = skynet.newservice "support/echo"
	skynet.name(".manager_test", echo)
	checks.equal(skynet.localname ".manager_test", skynet.self(), "a name is bound once")
	checks.raises("assertion failed!", skynet.register, "sixteen_bytes_ab")
	checks.raises("assertion failed!", skynet.register, "123")
	checks.raises("assertion failed!", skynet.register, ":12")
	local found
	skynet.fork(function()
		found = harbor.queryname "MANAGER_TEST"
	end)
	skynet.yield()
	skynet.name("MANAGER_TEST", echo)
	checks.await(function() return found end)
	checks.equal(found, echo)
	checks.equal(skynet.call("MANAGER_TEST", "lua", "echo", 1), 1)
	checks.equal(harbor.queryname ".launcher", 3)
	checks.equal(harbor.queryname ".nothing", nil)
end

local function kept_until_registered()
	local answer
	skynet.fork(function()
		answer = skynet.call("LATE_NAME", "lua", "echo", "kept")
	end)
	checks.settle()
	checks.equal(answer, nil)
	harbor.globalname("LATE_NAME", skynet.newservice "support/echo")
	checks.await(function() return answer end)
	checks.equal(answer, "kept")
end

local function single_node()
	harbor.link(5)
	checks.raises("call failed", harbor.linkmaster)
	local connected = false
	skynet.fork(function()
		harbor.connect(5)
		connected = true
	end)
	checks.settle()
	assert(not connected, "nobody is there to be connected to")
end

local function one_after_the_other()
	local trail = {}
	mqueue.register(function(value)
		trail[#trail + 1] = value
		skynet.sleep(1)
		trail[#trail + 1] = -value
		return value * 10
	end)
	mqueue.send(skynet.self(), 1)
	mqueue.send(skynet.self(), 2)
	checks.equal(mqueue.call(skynet.self(), 3), 30)
	checks.equal(trail, { 1, -1, 2, -2, 3, -3 })
	checks.equal(mqueue.size(), 0)
end

local function monitored()
	local monitor = skynet.monitor "support/monitor"
	local echo = skynet.newservice "support/echo"
	skynet.kill(echo)
	checks.equal(skynet.call(monitor, "lua", echo), true)
end

checks.run("manager", function()
	names()
	kept_until_registered()
	single_node()
	one_after_the_other()
	monitored()
end)
