-- Accepts lua: write(fd, text), which sends a packet to a client of somebody else; failing(), which raises;
-- leaving(), which exits instead of answering; slow(ticks) -> ticks, later.

local skynet = require "skynet"
local socket = require "skynet.socket"
require "skynet.manager"

local CMD = {}

function CMD.write(fd, text)
	socket.write(fd, string.pack(">s2", text))
end

function CMD.failing()
	error "the helper fails"
end

function CMD.leaving()
	skynet.exit()
end

function CMD.slow(ticks)
	skynet.sleep(ticks)
	return ticks
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
	skynet.register ".helper"
end)
