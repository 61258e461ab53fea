-- Accepts client: a packet of one byte asks for the figures (see `tell`); any other packet is sent back as it came.
-- Accepts lua: start(conf) and disconnect() from the watchdog.

local skynet = require "skynet"
local netpack = require "skynet.netpack"
local driver = require "skynet.socketdriver"
-- The test's own C module; it counts the calls of the allocator in the whole process.
local allocations = require "allocations"

-- Two bytes of length and one of text.
local QUESTION = 3

-- Answers `calls bytes`: calls of the allocator so far, and what the state of this agent takes. The collector rests
-- from the first question on, so that of two answers the second shows all the garbage in between.
local function tell(fd)
	collectgarbage "stop"
	local figures = string.format("%d %d", allocations(), math.floor(collectgarbage "count" * 1024))
	driver.send(fd, string.pack(">s2", figures))
end

skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
	unpack = netpack.pack,
	dispatch = function(fd, _, msg, sz)
		skynet.ignoreret()
		if sz == QUESTION then
			skynet.trash(msg, sz)
			tell(fd)
		else
			driver.send(fd, msg, sz)
		end
	end,
}

local CMD = {}

function CMD.start(conf)
	skynet.call(conf.gate, "lua", "forward", conf.client)
end

function CMD.disconnect()
	skynet.exit()
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
