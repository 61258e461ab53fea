-- Accepts nothing: opens the gate that the configuration asks for, and leaves.
-- The watchdog, its gate and the agents live on.

local skynet = require "skynet"

skynet.start(function()
	local watchdog = skynet.newservice "watchdog"
	local address, port = skynet.call(watchdog, "lua", "start", {
		address = skynet.getenv "address",
		port = tonumber(skynet.getenv "port"),
		maxclient = tonumber(skynet.getenv "maxclient"),
		nodelay = true,
	})
	skynet.error(string.format("echo listens on %s:%s", address, port))
	skynet.exit()
end)
