-- Accepts one `lua` message: the address to report to.
-- Exits while a coroutine of its own is suspended, and reports that this was closed.

local skynet = require "skynet"

skynet.start(function()
	skynet.dispatch("lua", function(_, _, address)
		skynet.fork(function()
			local _ <close> = setmetatable({}, { __close = function()
				skynet.send(address, "lua", "result", "suspended")
			end })
			skynet.sleep(1000)
		end)
		skynet.fork(skynet.exit)
		skynet.ret()
	end)
end)
