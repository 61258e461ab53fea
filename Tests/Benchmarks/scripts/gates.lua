-- Accepts no messages.
-- Start script: as many echo gates as `gates` says, each with its own watchdog, on ports that follow each other.

local skynet = require "skynet"

skynet.start(function()
	local first = tonumber(skynet.getenv("port"))
	for index = 0, tonumber(skynet.getenv("gates") or 1) - 1 do
		local watchdog = skynet.newservice("watchdog")
		skynet.call(watchdog, "lua", "start", {
			address = skynet.getenv("address") or "127.0.0.1",
			port = first + index,
			maxclient = 65535,
			nodelay = true,
		})
	end
	if skynet.getenv("spinner") then
		skynet.newservice("spinner")
	end
end)
