-- Accepts any "lua" message.
-- Answers it with its own arguments.

local skynet = require "skynet"

skynet.start(function()
	skynet.dispatch("lua", function(_, _, ...)
		skynet.ret(skynet.pack(...))
	end)
end)
