-- Channels: what one service publishes, every subscribed service receives. Served by `multicastd`.
-- A published message is packed once, into a package of `skynet.multicast.core` that all subscribers read and each of
-- them has to close.

local skynet = require "skynet"
local core = require "skynet.multicast.core"

local M = {}

---@type integer? found at the first use: a `preload` script requires this before there are services
local multicastd
local ready = false
--- The one object of each channel that receives; weak, for an object nobody holds unsubscribes itself.
---@type table<integer, multicast.channel>
local receivers = setmetatable({}, { __mode = "v" })

local function daemon()
	multicastd = multicastd or skynet.uniqueservice "multicastd"
	return multicastd
end

---@class multicast.channel
---@field channel integer? its id; nil once deleted
---@field __pack fun(...: any): any, integer?
---@field __unpack fun(pointer: any, size: integer): any
---@field __dispatch fun(channel: multicast.channel, source: integer, ...: any)?
---@field __subscribe boolean
local channel = {}

local meta = { __index = channel }

function meta:__tostring()
	return string.format("[Multicast:%x]", self.channel or 0)
end

function meta:__gc()
	-- The weak table has let go of this object already; whom it names now is another one, which goes on receiving.
	if self.channel and self.__subscribe and not receivers[self.channel] then
		skynet.send(multicastd, "lua", "USUB", self.channel)
	end
end

--- Removes the channel for everybody.
function channel:delete()
	local id = assert(self.channel)
	self:unsubscribe()
	self.channel = nil
	skynet.send(daemon(), "lua", "DEL", id)
end

--- Sends to all subscribers; returns when the message is in all mailboxes.
---@param ... any
function channel:publish(...)
	local id = assert(self.channel)
	skynet.call(daemon(), "lua", "PUB", id, core.pack(self.__pack(...)))
end

--- Begins to receive; the object must be kept.
function channel:subscribe()
	local id = assert(self.channel)
	if receivers[id] == self then
		return
	end
	skynet.call(daemon(), "lua", "SUB", id)
	receivers[id], self.__subscribe = self, true
end

--- Ends receiving.
function channel:unsubscribe()
	local id = assert(self.channel)
	self.__subscribe = false
	if receivers[id] == self then
		receivers[id] = nil
		skynet.send(multicastd, "lua", "USUB", id)
	end
end

--- However a handler ends, its package is closed: the last one to close it frees it.
local package_meta = { __close = function(holder) core.close(holder.package) end }

local function receive(id, source, package, message, size)
	-- The session is the channel's id, not a request: it must never be answered.
	skynet.ignoreret()
	local _ <close> = setmetatable({ package = package }, package_meta)
	local receiver = receivers[id]
	if receiver then
		receiver.__dispatch(receiver, source, receiver.__unpack(message, size))
	end
end

--- Registered with the first object: `multicastd` has a protocol of this name for itself, and preloads this as well.
local protocol = {
	name = "multicast",
	id = skynet.PTYPE_MULTICAST,
	unpack = core.unpack,
	dispatch = receive,
}

---@class multicast.options
---@field channel integer? an existing channel; default: a new one
---@field dispatch fun(channel: multicast.channel, source: integer, ...: any)?
---@field pack (fun(...: any): any, integer?)? answers a block and its size, or a string
---@field unpack (fun(pointer: any, size: integer): any)?

--- Makes a channel object: of an existing channel, or of a new one.
---@param options multicast.options?
---@return multicast.channel
function M.new(options)
	assert(ready, "Init first")
	if protocol then
		skynet.register_protocol(protocol)
		protocol = nil
	end
	options = options or {}
	return setmetatable({
		channel = options.channel or skynet.call(daemon(), "lua", "NEW"),
		__pack = options.pack or skynet.pack,
		__unpack = options.unpack or skynet.unpack,
		__dispatch = options.dispatch,
		__subscribe = false,
	}, meta)
end

skynet.init(function()
	ready = true
end)

return M
