-- Accepts lua: open(conf) -> address, port; close(); forward(fd[, client[, address]]); accept(fd); kick(fd).
-- Sends lua "socket" open, data, close, error and warning to its watchdog; redirects packets to agents as "client".

local skynet = require "skynet"
local core = require "skynet.core"
local netpack = require "skynet.netpack"
local gateserver = require "snax.gateserver"

local redirect = core.redirect
local CLIENT = skynet.PTYPE_CLIENT

local watchdog

-- Two flat tables instead of a record per client: an idle client costs two slots, a packet two lookups.
local agents = {} -- fd -> agent; false: the client is known, but its packets go to the watchdog
local sources = {} -- fd -> the source an agent sees; 0 stands for this gate

skynet.register_protocol {
	name = "client",
	id = CLIENT,
}

local handler = {}

local function tell_watchdog(...)
	skynet.send(watchdog, "lua", "socket", ...)
end

local function forget(fd)
	agents[fd] = nil
	sources[fd] = nil
end

local function assert_known(fd)
	assert(agents[fd] ~= nil, "unknown client")
end

function handler.open(source, conf)
	watchdog = conf.watchdog or source
	return conf.address, conf.port
end

function handler.connect(fd, address)
	agents[fd] = false
	tell_watchdog("open", fd, address)
end

function handler.message(fd, msg, sz)
	local agent = agents[fd]
	if agent then
		-- The packet moves on as it is: same pointer, new address.
		redirect(agent, sources[fd], CLIENT, fd, msg, sz)
	else
		tell_watchdog("data", fd, netpack.tostring(msg, sz))
	end
end

function handler.disconnect(fd)
	forget(fd)
	tell_watchdog("close", fd)
end

function handler.error(fd, text)
	forget(fd)
	tell_watchdog("error", fd, text)
end

function handler.warning(fd, kib)
	tell_watchdog("warning", fd, kib)
end

local CMD = {}

function CMD.forward(source, fd, client, address)
	assert_known(fd)
	agents[fd] = address or source
	sources[fd] = client or 0
	gateserver.openclient(fd)
end

function CMD.accept(_, fd)
	assert_known(fd)
	agents[fd] = false
	gateserver.openclient(fd)
end

function CMD.kick(_, fd)
	gateserver.closeclient(fd)
end

function handler.command(cmd, source, ...)
	local command = assert(CMD[cmd], "unknown command")
	return command(source, ...)
end

gateserver.start(handler)
