-- Accepts lua: open(conf) from itself.
-- A gate-only echo, some of whose packets start services that block (see MESSAGE); the rest is sent back.

local skynet = require "skynet"
require "skynet.manager"
local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local gateserver = require "snax.gateserver"

local kept = {} -- blockers that are asked again, by name

local function tell(fd, text)
	driver.send(fd, netpack.pack(text))
end

local MESSAGE = {}

-- A new service blocks in a way, for so many centiseconds, if the way can be told.
function MESSAGE.block(fd, way, ticks)
	local blocker = skynet.newservice "blocker"
	local reply = skynet.call(blocker, "lua", "run", fd, way, tonumber(ticks))
	tell(fd, "reply " .. tostring(reply))
end

-- A new service, which others may ask by its name.
function MESSAGE.start(fd, name)
	kept[name] = skynet.newservice "blocker"
	tell(fd, "started " .. name)
end

-- One of them blocks.
function MESSAGE.run(fd, name, way, ticks)
	skynet.send(kept[name], "lua", "run", fd, way, tonumber(ticks))
end

-- One of them answers when it gets there.
function MESSAGE.ask(fd, name, text)
	skynet.send(kept[name], "lua", "tell", fd, text)
end

-- One of them asks another, and answers with what it said.
function MESSAGE.relay(fd, name, other, text)
	skynet.send(kept[name], "lua", "relay", fd, kept[other], text)
end

-- One of them ends.
function MESSAGE.kill(fd, name)
	skynet.kill(kept[name])
	tell(fd, "killed " .. name)
end

-- One of them sets so many timers.
function MESSAGE.timers(fd, name, count)
	skynet.send(kept[name], "lua", "timers", fd, tonumber(count))
end

-- One of them starts so many services at once.
function MESSAGE.launch(fd, name, count)
	skynet.send(kept[name], "lua", "launch", fd, tonumber(count))
end

-- And ends them at once.
function MESSAGE.retire(fd, name)
	skynet.send(kept[name], "lua", "retire", fd)
end

-- How many services there are.
function MESSAGE.services(fd)
	local count = 0
	for _ in pairs(skynet.call(".launcher", "lua", "LIST")) do
		count = count + 1
	end
	tell(fd, tostring(count))
end

local handler = { embed = true, connect = gateserver.openclient, disconnect = gateserver.closeclient }

function handler.message(fd, msg, sz)
	local text = netpack.tostring(msg, sz)
	local word, rest = text:match "^(%a+) ?(.*)$"
	local act = MESSAGE[word]
	if not act then
		tell(fd, text)
		return
	end
	local words = {}
	for argument in rest:gmatch "%S+" do
		words[#words + 1] = argument
	end
	act(fd, table.unpack(words))
end

function handler.open(_, conf)
	skynet.error(("blocking listens on %s:%d"):format(conf.address, conf.port))
end

skynet.start(function()
	gateserver.start(handler)
	skynet.fork(skynet.call, skynet.self(), "lua", "open", { address = "127.0.0.1", port = 0, nodelay = true })
end)
