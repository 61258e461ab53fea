-- Accepts nothing: a gate that answers any packet with 16 MiB, whether the client reads or not.

local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local gateserver = require "snax.gateserver"
local skynet = require "skynet"

local filler = string.rep("x", 1 << 20)
local handler = { connect = gateserver.openclient, disconnect = gateserver.closeclient }

function handler.message(fd, msg, sz)
	netpack.tostring(msg, sz)
	for _ = 1, 16 do
		driver.send(fd, filler)
	end
end

function handler.error(fd)
	gateserver.closeclient(fd)
end

function handler.warning() end

function handler.open(_, conf)
	skynet.error("filling listens on 127.0.0.1:" .. conf.port)
end

gateserver.start(handler)

skynet.timeout(0, function()
	skynet.call(skynet.self(), "lua", "open", { address = "127.0.0.1", port = 0 })
end)
