-- Accepts nothing: a whole gate as users build it: the examples' watchdog, and an agent of ours per client.
-- The configuration's `maxclient` and `nodelay` are the gate's.

local skynet = require "skynet"

skynet.start(function()
	skynet.newservice "helper"
	local watchdog = skynet.newservice "watchdog"
	local address, port = skynet.call(watchdog, "lua", "start", {
		address = "127.0.0.1",
		port = 0,
		maxclient = tonumber(skynet.getenv "maxclient"),
		nodelay = true,
		backlog = 1024,
	})
	skynet.error(string.format("example_gate listens on %s:%s", address, port))
	skynet.exit()
end)
