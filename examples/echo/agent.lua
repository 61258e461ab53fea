-- Accepts client: one packet of its client, which is sent back as it came.
-- Accepts lua: start(conf) from the watchdog when the client is there, disconnect() when it has gone.

local skynet = require "skynet"
local netpack = require "skynet.netpack"
local driver = require "skynet.socketdriver"

local CMD = {}

skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
	-- msg is a pointer to the packet. pack copies it behind a length, and send gives that copy away; the packet
	-- itself is freed by skynet when the dispatch function is done.
	unpack = netpack.pack,
	dispatch = function(fd, _, msg, sz)
		-- The session of a client message is its fd. Nobody waits for a reply to it.
		skynet.ignoreret()
		driver.send(fd, msg, sz)
	end,
}

function CMD.start(conf)
	-- From here on the gate reads from the client, and forwards to this service.
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
