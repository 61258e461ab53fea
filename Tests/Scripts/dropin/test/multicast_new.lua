-- multicast.new without an argument, and what its objects are made of.
-- Ends in `TEST OK multicast_new` or `TEST FAILED multicast_new: why`.

local skynet = require "skynet"
local multicast = require "skynet.multicast"
local drill = require "drill"

drill.raises("Init first", multicast.new)

drill.run("multicast_new", function()
	local channel = multicast.new()
	assert(math.type(channel.channel) == "integer" and channel.__dispatch == nil and channel.__subscribe == false)
	drill.values(table.pack(channel.__unpack(channel.__pack("a", nil, 2))), "a", nil, 2)
	channel:subscribe()
	-- Without a handler the message raises, which is logged and nothing else.
	channel:publish "nobody takes it"
	local heard
	channel.__dispatch = function(same, source, ...)
		assert(same == channel and source == skynet.self())
		heard = table.pack(...)
	end
	channel:publish("now", nil)
	drill.await(function() return heard end)
	drill.values(heard, "now", nil)

	local conf = { channel = channel.channel, pack = function(text) return text end, unpack = skynet.tostring }
	local other = multicast.new(conf)
	assert(other ~= conf and getmetatable(conf) == nil and other.channel == channel.channel)
	heard = nil
	other.__dispatch = function(_, _, text) heard = text end
	other:subscribe()
	other:publish "as text"
	drill.await(function() return heard end)
	drill.equal(heard, "as text")
	channel:unsubscribe()
	other:delete()
	drill.raises("assertion failed!", other.publish, other, "x")
end)
