-- Speaks to multicastd as another library does, with packages of multicast.core; and plays the daemon of another node.
-- Roles: none runs the test; "subscriber" keeps what it receives.
-- Ends in `TEST OK multicast_client` or `TEST FAILED multicast_client: why`.

local skynet = require "skynet"
local core = require "skynet.multicast.core"
local drill = require "drill"

local MULTICAST <const> = 2
--- The id of a node that this test plays.
local OTHER_NODE <const> = 7

local received = {}

skynet.register_protocol {
	name = "multicast",
	id = MULTICAST,
	unpack = function(message, size)
		return skynet.tostring(message, size)
	end,
	dispatch = function(channel, source, message)
		skynet.ignoreret()
		received[#received + 1] = { channel = channel, source = source, message = message or "" }
	end,
}

--- What a package says; it is closed with that.
local function open(message)
	local package, body, size = core.unpack(message)
	local values = table.pack(skynet.unpack(body, size))
	core.close(package)
	return values
end

local function take()
	return drill.await(function() return table.remove(received, 1) end)
end

local multicastd

local function ask(...)
	return table.pack(skynet.call(multicastd, "lua", ...))
end

local function publish(id, ...)
	local block, size = core.pack(skynet.pack(...))
	assert(size == 8)
	return ask("PUB", id, block, size)
end

local function subscriber()
	local CMD = { subscribe = function(id) ask("SUB", id) end, take = function() return open(take().message) end }
	skynet.start(function()
		multicastd = skynet.uniqueservice "multicastd"
		skynet.dispatch("lua", function(_, _, cmd, ...) skynet.retpack(CMD[cmd](...)) end)
	end)
end

local function one_node()
	local node = skynet.harbor(skynet.self())
	drill.equal(skynet.call("DATACENTER", "lua", "QUERY", "multicast", node), multicastd)
	local id = ask("NEW")[1]
	drill.values(ask("NEW"), core.nextid(id))
	drill.values(publish(id, "nobody listens"), nil)
	drill.values(ask("SUB", id), nil)
	local other = skynet.newservice(SERVICE_NAME, "subscriber")
	skynet.call(other, "lua", "subscribe", id)
	drill.values(publish(id, "hello", 2), nil)
	local message = take()
	assert(message.channel == id and message.source == skynet.self() and #message.message == 8)
	drill.values(open(message.message), "hello", 2)
	drill.equal(skynet.call(other, "lua", "take"), { n = 2, "hello", 2 })
	drill.raises("package", core.unpack, message.message) -- both have closed it
	skynet.kill(other)
	publish(id)
	drill.values(open(take().message))
	skynet.send(multicastd, "lua", "USUB", id)
	publish(id, "unheard")
	skynet.send(multicastd, "lua", "DEL", id)
	drill.raises("call failed", ask, "SUB", id)
	publish(id, "nowhere")
	drill.equal(#received, 0)
end

--- A channel of this node to which the other one subscribes.
local function remote_subscribers()
	local id = ask("NEW")[1]
	drill.values(ask("SUBR", id), nil)
	drill.values(ask("SUBR", id + 0x100000), true)
	publish(id, "far", 1)
	local message = take()
	assert(message.channel == id and message.source == skynet.self())
	drill.values(table.pack(skynet.unpack(message.message)), "far", 1)
	-- Published there, sent here by the daemon of that node, and so to all who subscribe, that node among them.
	ask("SUB", id)
	skynet.redirect(multicastd, 0x777, "multicast", id, skynet.packstring "from there")
	local bodies, sources = {}, {}
	for _ = 1, 2 do
		message = take()
		bodies[#message.message == 8 and "package" or "body"] = message
		sources[#sources + 1] = message.source
	end
	drill.equal(sources, { 0x777, 0x777 })
	drill.values(open(bodies.package.message), "from there")
	drill.values(table.pack(skynet.unpack(bodies.body.message)), "from there")
	skynet.send(multicastd, "lua", "USUBR", id)
	publish(id, "only here")
	drill.values(open(take().message), "only here")
	ask("SUBR", id)
	local deleted
	skynet.dispatch("lua", function(_, _, ...) deleted = table.pack(...) end)
	skynet.send(multicastd, "lua", "DEL", id)
	drill.await(function() return deleted end)
	drill.values(deleted, "DELR", id)
end

--- A channel that was made by the other node, whose daemon is this service.
local function remote_channel()
	local id, heard = 0x100 + OTHER_NODE, {}
	skynet.dispatch("lua", function(session, source, ...)
		assert(source == multicastd)
		heard[#heard + 1] = table.concat({ session == 0 and "S" or "C", ... }, " ")
		if session ~= 0 then
			skynet.retpack((...) == "SUBR" and select(2, ...) ~= id or nil)
		end
	end)
	skynet.call("DATACENTER", "lua", "UPDATE", "multicast", OTHER_NODE, skynet.self())
	drill.raises("call failed", ask, "SUB", id + 0x100)
	ask("SUB", id)
	publish(id, "for", "there")
	local message = take()
	assert(message.channel == id and message.source == skynet.self())
	drill.values(table.pack(skynet.unpack(message.message)), "for", "there")
	-- Only what the owner of the channel sends reaches subscribers.
	skynet.redirect(multicastd, 0x777, "multicast", id, message.message)
	message = take()
	assert(message.source == 0x777)
	drill.values(open(message.message), "for", "there")
	skynet.send(multicastd, "lua", "USUB", id)
	skynet.send(multicastd, "lua", "DEL", id)
	drill.await(function() return #heard == 4 end)
	drill.equal(heard, { "C SUBR " .. id + 0x100, "C SUBR " .. id, "S USUBR " .. id, "S DEL " .. id })
end

if ... then
	subscriber()
else
	drill.run("multicast_client", function()
		multicastd = skynet.uniqueservice "multicastd"
		one_node()
		remote_subscribers()
		remote_channel()
	end)
end
