-- Accepts `lua` messages: NEW, DEL, SUB, USUB, PUB. It knows who subscribes to which channel.
-- Sends `multicast` messages to subscribers, in the publisher's name, with the channel's id as session.

local skynet = require "skynet"

--- Ids carry the node in their low 8 bits; bit 31 stays clear, for a session is never negative.
local STEP <const>, MASK <const> = 0x100, 0x7fffffff

---@type table<integer, table<integer, boolean>> channel id -> subscribers
local channels = {}
local next_id = skynet.harbor(skynet.self())

local command = {}

function command.NEW()
	while channels[next_id] do
		next_id = next_id + STEP & MASK
	end
	local id = next_id
	channels[id] = {}
	next_id = id + STEP & MASK
	return id
end

function command.DEL(_, id)
	channels[id] = nil
end

function command.SUB(source, id)
	local subscribers = assert(channels[id], "no such channel")
	subscribers[source] = true
end

function command.USUB(source, id)
	local subscribers = channels[id]
	if subscribers then
		subscribers[source] = nil
	end
end

function command.PUB(source, id, message)
	local subscribers = channels[id] or {}
	for subscriber in pairs(subscribers) do
		if skynet.redirect(subscriber, source, "multicast", id, message) == nil then
			-- It has died; clearing a field is allowed while the table is traversed.
			subscribers[subscriber] = nil
		end
	end
end

skynet.register_protocol {
	name = "multicast",
	id = skynet.PTYPE_MULTICAST,
	unpack = function(message, size) return message, size end,
}

skynet.dispatch("lua", function(session, source, name, ...)
	local handler = assert(command[name], name)
	local reply = handler(source, ...)
	if session ~= 0 then
		skynet.retpack(reply)
	end
end)

skynet.start(function() end)
