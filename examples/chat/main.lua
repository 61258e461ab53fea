-- Accepts nothing: opens the room, then the gate, and leaves.
-- The room is unique in the node, so an agent finds it by its name.

local skynet = require "skynet"

skynet.start(function()
	skynet.uniqueservice "room"
	local watchdog = skynet.newservice "watchdog"
	local address, port = skynet.call(watchdog, "lua", "start", {
		address = skynet.getenv "address",
		port = tonumber(skynet.getenv "port"),
		maxclient = tonumber(skynet.getenv "maxclient"),
		nodelay = true,
	})
	skynet.error(string.format("chat listens on %s:%s", address, port))
	skynet.exit()
end)
