-- Accepts nothing: opens one gate for each `name=address` of the configuration's `gates`, each with the examples'
-- watchdog and agents of ours, and logs `gate <name> listens on address:port` or `gate <name>: why`.

local skynet = require "skynet"

local function open(name, address)
	local watchdog = skynet.newservice "watchdog"
	local ok, host, port = pcall(skynet.call, watchdog, "lua", "start", {
		address = address,
		port = 0,
		nodelay = true,
	})
	if ok then
		skynet.error(string.format("gate %s listens on %s:%s", name, host, port))
	else
		skynet.error(string.format("gate %s: %s", name, host))
	end
end

skynet.start(function()
	skynet.newservice "helper"
	for name, address in skynet.getenv "gates":gmatch "(%S+)=(%S+)" do
		open(name, address)
	end
	skynet.error "all gates are open"
	skynet.exit()
end)
