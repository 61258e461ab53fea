-- Accepts any `lua` message; answers the arguments it was started with.
-- It proves what becomes of arguments on their way.

local skynet = require "skynet"
local arguments = { ... }

skynet.start(function()
	skynet.dispatch("lua", function() skynet.retpack(arguments) end)
end)
