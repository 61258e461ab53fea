-- Channels: who receives, who no longer does, and what a service that dies leaves behind.

local skynet = require "skynet"
require "skynet.manager"
local multicast = require "skynet.multicast"

local role, channel_id = ...

--- Subscribes to a channel and tells the last thing it has heard.
local function listener()
	local heard = {}
	local channel = multicast.new {
		channel = tonumber(channel_id),
		dispatch = function(_, source, ...)
			heard = { source, ... }
		end,
	}
	channel:subscribe()
	skynet.dispatch("lua", function()
		assert(channel.__subscribe, "an object that nobody holds unsubscribes itself")
		skynet.retpack(table.unpack(heard))
	end)
end

local function test_others()
	local channel = multicast.new {}
	local first = skynet.newservice(SERVICE_NAME, "listener", channel.channel)
	local second = skynet.newservice(SERVICE_NAME, "listener", channel.channel)
	channel:publish("hello", { x = 1 })
	for _, service in ipairs { first, second } do
		local source, text, t = skynet.call(service, "lua")
		assert(source == skynet.self() and text == "hello" and t.x == 1)
	end
	skynet.kill(first)
	channel:publish "again"
	assert(select(2, skynet.call(second, "lua")) == "again")
	channel:delete()
	assert(not pcall(channel.publish, channel, "x"))
end

local function new_recorder(options)
	local heard = {}
	options.dispatch = function(_, _, text) heard[#heard + 1] = text end
	return multicast.new(options), heard
end

local function test_self()
	local channel, heard = new_recorder {}
	channel:publish "nobody"
	channel:subscribe()
	channel:subscribe()
	channel:publish "one"
	skynet.sleep(1)
	assert(#heard == 1 and heard[1] == "one")
	local other, other_heard = new_recorder { channel = channel.channel }
	other:subscribe()
	channel:publish "two"
	skynet.sleep(1)
	assert(#heard == 1 and other_heard[1] == "two", "one object a service receives")
	other:unsubscribe()
	other:unsubscribe()
	channel:publish "three"
	skynet.sleep(1)
	assert(#other_heard == 1)
	assert(tostring(channel):find "^%[Multicast:%x+%]$")
end

local function test_format()
	local channel = multicast.new {
		pack = function(text) return text:upper() end,
		unpack = function(pointer, size) return skynet.tostring(pointer, size) .. "!" end,
	}
	local heard
	channel.__dispatch = function(_, _, text) heard = text end
	channel:subscribe()
	channel:publish "loud"
	skynet.sleep(1)
	assert(heard == "LOUD!")
end

local function test()
	test_others()
	test_self()
	test_format()
	local first, second = multicast.new {}, multicast.new {}
	assert(second.channel - first.channel == 256)
end

if role then
	skynet.start(listener)
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK test_multicast" or "TEST FAILED test_multicast: " .. failure)
		skynet.abort()
	end)
end
