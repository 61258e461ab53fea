-- Accepts `client` messages: a service has ended, the source says which.
-- Accepts `lua` messages: an address; answers true once that service has ended.

local skynet = require "skynet"
local ended = {}

skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
	unpack = function() end,
	dispatch = function(_, address)
		ended[address] = true
		skynet.wakeup(address)
	end,
}

skynet.start(function()
	skynet.dispatch("lua", function(_, _, address)
		if not ended[address] then
			skynet.wait(address)
		end
		skynet.retpack(true)
	end)
end)
