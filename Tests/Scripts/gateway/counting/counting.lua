-- Accepts nothing: a gate as in examples/echo, whose agents also tell how much memory was asked for.

local skynet = require "skynet"

skynet.start(function()
	local watchdog = skynet.newservice "watchdog"
	local address, port = skynet.call(watchdog, "lua", "start", {
		address = "127.0.0.1",
		port = 0,
		maxclient = 8,
		nodelay = true,
	})
	skynet.error(string.format("counting listens on %s:%s", address, port))
	skynet.exit()
end)
