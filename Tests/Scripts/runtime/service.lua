-- Accepts no messages.
-- Unique services: by name, and made of a function.
-- Ends in `TEST OK service` or `TEST FAILED service: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local service = require "skynet.service"
local checks = require "checks"

local function counter(first, options)
	local skynet = require "skynet"
	local value = first
	skynet.start(function()
		assert(not options.fail, "expected: service failing")
		skynet.dispatch("lua", function(_, _, step)
			value = value + step
			skynet.retpack(value)
		end)
	end)
end

local function functions_as_services()
	local found
	skynet.fork(function()
		found = service.query "counter"
	end)
	local address = service.new("counter", counter, 5, {})
	checks.await(function() return found end)
	checks.equal(found, address)
	checks.equal(service.new("counter", counter, 100, {}), address)
	checks.equal(skynet.call(address, "lua", 2), 7)
	checks.raises("call failed", service.new, "failing", counter, 1, { fail = true })
	checks.raises("call failed", service.new, "failing", counter, 1, {})
	checks.raises("call failed", service.query, "failing")
	checks.raises("assertion failed!", service.new, "upvalue", function()
		return counter
	end)
	checks.equal(service.close "counter", true)
	checks.equal(service.close "counter", false)
end

local function without_dispatch()
	local address = service.new("silent", function()
		_G.loaded = true
	end)
	checks.raises("call failed", skynet.call, address, "lua")
end

local function unique_services()
	local found
	skynet.fork(function()
		found = skynet.queryservice "support/echo"
	end)
	local address = skynet.uniqueservice "support/echo"
	checks.await(function() return found end)
	checks.equal(found, address)
	checks.equal(skynet.uniqueservice("support/echo", "fail"), address)
	local all = skynet.uniqueservice(true, "support/echo")
	checks.equal(skynet.queryservice(true, "support/echo"), all)
	assert(all ~= address)
end

local function unique_failures()
	local _, first = pcall(skynet.uniqueservice, "support/failing")
	local _, second = pcall(skynet.uniqueservice, "support/failing")
	assert(first:find "call failed$" and second == first)
end

checks.run("service", function()
	functions_as_services()
	without_dispatch()
	unique_services()
	unique_failures()
end)
