-- Accepts lua: open(conf) -> address, port, from whoever starts it.
-- Its clients send their name in a packet, and are greeted by it.
local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local gateserver = require "snax.gateserver"

local handler = {}

function handler.open(_, conf)
	return conf.address, conf.port
end

handler.connect = gateserver.openclient -- everyone may come in, and is read from at once
handler.disconnect = gateserver.closeclient -- a client that has gone still holds its half of the socket

function handler.message(fd, msg, sz)
	driver.send(fd, netpack.pack("hello " .. netpack.tostring(msg, sz)))
end

gateserver.start(handler)
