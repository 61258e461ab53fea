-- Accepts nothing: starts the login server and one game server, and leaves.
-- The gate is told where the login server is, and registers itself there under its name.

local skynet = require "skynet"

skynet.start(function()
	local login = skynet.newservice "logind"
	local gate = skynet.newservice("gated", login)
	skynet.call(gate, "lua", "open", {
		address = skynet.getenv "address",
		port = tonumber(skynet.getenv "game_port"),
		maxclient = 1024,
		servername = "sample",
	})
	skynet.error "login example is ready"
	skynet.exit()
end)
