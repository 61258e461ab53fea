-- Accepts any "lua" message and answers it with nothing.
-- The smallest service that is of use: one dispatch function.

local skynet = require "skynet"

skynet.start(function()
	skynet.dispatch("lua", function()
		skynet.ret()
	end)
end)
