-- Accepts `lua` messages: NEW, DEL, SUB, USUB, PUB; and from the daemons of other nodes SUBR, USUBR, DELR, DEL.
-- Accepts `multicast` messages of other daemons: what was published on their nodes, the bytes themselves.
-- Sends `multicast` messages to subscribers, in the publisher's name, with the channel's id as session: 8 bytes that
-- name a package of `skynet.multicast.core`.

local skynet = require "skynet"
local datacenter = require "skynet.datacenter"
local core = require "skynet.multicast.core"

local MULTICAST <const> = skynet.PTYPE_MULTICAST

local node = skynet.harbor(skynet.self())

---@class multicastd.channel
---@field subscribers table<integer, boolean> services of this node
---@field daemons table<integer, boolean>? daemons of other nodes with subscribers; only where the channel was made

---@type table<integer, multicastd.channel>
local channels = {}
local next_id = node

local command = {}

--- The daemon of the node that has made a channel; nil: that is this one.
---@param id integer
---@return integer?
local function owner_of(id)
	local home = id & 0xff
	if home ~= node then
		return assert(datacenter.get("multicast", home), "the node of the channel has no multicastd")
	end
end

--- Gives one package to all subscribers on this node.
local function deliver(subscribers, id, source, block, size)
	local count = 0
	for _ in pairs(subscribers) do
		count = count + 1
	end
	-- `bind` frees the block, so its bytes are taken first.
	local message = skynet.tostring(block, size)
	local package = count > 0 and core.unpack(message)
	core.bind(block, count)
	for subscriber in pairs(subscribers) do
		if not skynet.redirect(subscriber, source, "multicast", id, message) then
			-- It has died, and will not close its share; clearing a field is allowed while the table is traversed.
			subscribers[subscriber] = nil
			core.close(package)
		end
	end
end

--- Where the channel was made everything comes together, and goes to all nodes that subscribed.
local function distribute(channel, id, source, block, size)
	for daemon in pairs(channel.daemons) do
		local _, body, length = core.unpack(skynet.tostring(block, size))
		if not skynet.redirect(daemon, source, "multicast", id, skynet.tostring(body, length) or "") then
			channel.daemons[daemon] = nil
		end
	end
	deliver(channel.subscribers, id, source, block, size)
end

function command.NEW()
	while channels[next_id] do
		next_id = core.nextid(next_id)
	end
	local id = next_id
	channels[id] = { subscribers = {}, daemons = {} }
	next_id = core.nextid(id)
	return id
end

function command.DEL(_, id)
	local owner = owner_of(id)
	if owner then
		skynet.send(owner, "lua", "DEL", id)
		return
	end
	local channel = channels[id]
	channels[id] = nil
	for daemon in pairs(channel and channel.daemons or {}) do
		skynet.send(daemon, "lua", "DELR", id)
	end
end

--- The channel was deleted where it was made.
function command.DELR(_, id)
	channels[id] = nil
end

function command.SUB(source, id)
	local owner = owner_of(id)
	if owner and not channels[id] then
		assert(not skynet.call(owner, "lua", "SUBR", id), "no such channel")
		channels[id] = channels[id] or { subscribers = {} }
	end
	local channel = assert(channels[id], "no such channel")
	channel.subscribers[source] = true
end

--- A daemon has subscribers; the answer is true when there is no such channel.
function command.SUBR(daemon, id)
	local channel = channels[id]
	if not (channel and channel.daemons) then
		return true
	end
	channel.daemons[daemon] = true
end

function command.USUB(source, id)
	local channel = channels[id]
	if not channel then
		return
	end
	channel.subscribers[source] = nil
	local owner = owner_of(id)
	if owner and next(channel.subscribers) == nil then
		channels[id] = nil
		skynet.send(owner, "lua", "USUBR", id)
	end
end

function command.USUBR(daemon, id)
	local channel = channels[id]
	if channel and channel.daemons then
		channel.daemons[daemon] = nil
	end
end

function command.PUB(source, id, block, size)
	assert(skynet.harbor(source) == node, "a package comes from a service of this node")
	local owner = owner_of(id)
	if owner then
		skynet.redirect(owner, source, "multicast", id, core.remote(block))
		return
	end
	local channel = channels[id]
	if channel then
		distribute(channel, id, source, block, size)
	else
		core.bind(block, 0)
	end
end

skynet.register_protocol {
	name = "multicast",
	id = MULTICAST,
	unpack = function(message, size)
		return core.packremote(message, size)
	end,
	dispatch = function(id, source, block, size)
		skynet.ignoreret()
		local channel = channels[id]
		if not channel then
			core.bind(block, 0)
		elseif channel.daemons then
			distribute(channel, id, source, block, size)
		else
			deliver(channel.subscribers, id, source, block, size)
		end
	end,
}

skynet.dispatch("lua", function(session, source, name, ...)
	local handler = assert(command[name], name)
	local reply = handler(source, ...)
	if session ~= 0 then
		skynet.retpack(reply)
	end
end)

skynet.start(function()
	local other = datacenter.set("multicast", node, skynet.self())
	assert(other == nil, "multicastd is running already")
end)
