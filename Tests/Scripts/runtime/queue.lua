-- Accepts no messages.
-- Critical sections.
-- Ends in `TEST OK queue` or `TEST FAILED queue: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local queue = require "skynet.queue"
local checks = require "checks"

local function one_after_the_other()
	local section, trail = queue(), {}
	for i = 1, 3 do
		skynet.fork(section, function()
			trail[#trail + 1] = i
			section(skynet.sleep, 1)
			trail[#trail + 1] = -i
		end)
	end
	checks.await(function() return #trail == 6 end)
	checks.equal(trail, { 1, -1, 2, -2, 3, -3 })
end

local function results_and_errors()
	local section = queue()
	checks.equal(table.pack(section(function(...)
		return ...
	end, 1, nil, nil)), { n = 3, 1 })
	local ok, err = pcall(section, error, "expected")
	assert(not ok and err:find "^expected\nstack traceback:")
	local value = {}
	ok, err = pcall(section, error, value)
	assert(not ok and err == value)
	local entered
	skynet.fork(section, function()
		entered = true
	end)
	skynet.yield()
	assert(entered)
end

local function killed_waiters_are_skipped()
	local section, entered = queue(), nil
	skynet.fork(section, skynet.sleep, 3)
	local victim = skynet.fork(section, error, "never")
	skynet.fork(section, function()
		entered = true
	end)
	skynet.yield()
	checks.equal(skynet.killthread(victim), victim)
	checks.await(function() return entered end)
end

local function killed_owner_keeps_it()
	local section = queue()
	local owner = skynet.fork(section, skynet.sleep, 100)
	skynet.yield()
	skynet.killthread(owner)
	skynet.fork(section, error, "never")
	checks.settle()
end

checks.run("queue", function()
	checks.equal(skynet.queue, queue)
	one_after_the_other()
	results_and_errors()
	killed_waiters_are_skipped()
	killed_owner_keeps_it()
end)
