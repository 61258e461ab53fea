-- Plays the multicastd of another tree: packages of multicast.core, 8 bytes to every subscriber.

local skynet = require "skynet"
local core = require "skynet.multicast.core"
local half = require "foreign_half"

local FIRST_ID <const> = 0x500

local subscribers = {}

skynet.register_protocol { name = "multicast", id = 2, pack = skynet.tostring, unpack = skynet.tostring }

half.serve {
	NEW = function() return FIRST_ID end,
	SUB = function(source) subscribers[source] = true end,
	USUB = function(source) subscribers[source] = nil end,
	DEL = function() subscribers = {} end,
	PUB = function(source, id, block, size)
		local message, count = skynet.tostring(block, size), 0
		for _ in pairs(subscribers) do
			count = count + 1
		end
		core.bind(block, count)
		for subscriber in pairs(subscribers) do
			skynet.redirect(subscriber, source, "multicast", id, message)
		end
	end,
}
