-- Accepts nothing: opens the room, a gate for browsers and a gate for terminals, and the page; then it leaves.
-- The room is unique in the node, so that the agents of both gates find the same one.

local skynet = require "skynet"

local function open_gate(what, address, port)
	local watchdog = skynet.newservice "watchdog"
	local host, actual = skynet.call(watchdog, "lua", "start", {
		address = address,
		port = tonumber(port),
		maxclient = tonumber(skynet.getenv "maxclient"),
		nodelay = true,
	})
	skynet.error(string.format("%s listens on %s:%s", what, host, actual))
	return actual
end

skynet.start(function()
	skynet.uniqueservice "room"
	local address = skynet.getenv "address"
	local port = open_gate("browser", address, skynet.getenv "port")
	open_gate("chat", skynet.getenv "tcp_address", skynet.getenv "tcp_port")

	local page = skynet.newservice "page"
	local host, actual = skynet.call(page, "lua", "start", {
		directory = skynet.getenv "page",
		address = skynet.getenv "page_address",
		port = tonumber(skynet.getenv "page_port"),
		gate = { address = address, port = port },
	})
	skynet.error(string.format("page listens on %s:%s", host, actual))
	skynet.exit()
end)
