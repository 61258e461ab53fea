-- Channels: what one service publishes, every subscribed service receives. Served by `multicastd`.
-- A published message is packed once and copied to each subscriber; nothing is shared, so nothing can be left over.

local skynet = require "skynet"

local M = {}

---@type integer?
local multicastd
--- The one object of each channel that receives; weak, for an object nobody holds unsubscribes itself.
---@type table<integer, multicast.channel>
local receivers = setmetatable({}, { __mode = "v" })

---@class multicast.channel
---@field channel integer? its id; nil once deleted
---@field private _dispatch fun(channel: multicast.channel, source: integer, ...: any)?
---@field private _pack fun(...: any): any, integer?
---@field private _unpack fun(pointer: any, size: integer): any
local channel = {}

local meta = { __index = channel }

function meta:__tostring()
	return string.format("[Multicast:%x]", self.channel or 0)
end

function meta:__gc()
	-- The weak table has let go of this object already; whom it names now is another one, which goes on receiving.
	if self.channel and self.subscribed and not receivers[self.channel] then
		skynet.send(multicastd, "lua", "USUB", self.channel)
	end
end

--- Removes the channel for everybody.
function channel:delete()
	local id = assert(self.channel)
	self:unsubscribe()
	self.channel = nil
	skynet.call(multicastd, "lua", "DEL", id)
end

--- Sends to all subscribers; returns when the message is in all mailboxes.
---@param ... any
function channel:publish(...)
	local id = assert(self.channel)
	local message, size = self._pack(...)
	if type(message) == "userdata" then
		local pointer = message
		message = skynet.tostring(pointer, size)
		skynet.trash(pointer, size)
	end
	skynet.call(multicastd, "lua", "PUB", id, message or "")
end

--- Begins to receive; the object must be kept.
function channel:subscribe()
	local id = assert(self.channel)
	if receivers[id] == self then
		return
	end
	skynet.call(multicastd, "lua", "SUB", id)
	receivers[id], self.subscribed = self, true
end

--- Ends receiving.
function channel:unsubscribe()
	local id = assert(self.channel)
	self.subscribed = false
	if receivers[id] == self then
		receivers[id] = nil
		skynet.send(multicastd, "lua", "USUB", id)
	end
end

--- Makes a channel object: of an existing channel, or of a new one.
---@param options { channel?: integer, dispatch?: function, pack?: function, unpack?: function }
---@return multicast.channel
function M.new(options)
	assert(multicastd, "Init first")
	return setmetatable({
		channel = options.channel or skynet.call(multicastd, "lua", "NEW"),
		subscribed = false,
		_dispatch = options.dispatch,
		_pack = options.pack or skynet.packstring,
		_unpack = options.unpack or skynet.unpack,
	}, meta)
end

local function receive(id, source, message, size)
	-- The session is the channel's id, not a request: it must never be answered.
	skynet.ignoreret()
	local receiver = receivers[id]
	if receiver and receiver._dispatch then
		receiver._dispatch(receiver, source, receiver._unpack(message, size))
	end
end

skynet.register_protocol {
	name = "multicast",
	id = skynet.PTYPE_MULTICAST,
	unpack = function(message, size) return message, size end,
	dispatch = receive,
}

skynet.init(function()
	multicastd = skynet.uniqueservice "multicastd"
end)

return M
