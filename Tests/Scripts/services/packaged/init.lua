-- Accepts any `lua` message; answers where it was found.
-- It is loaded by the pattern `?/init.lua` and requires a module of its own directory.

local skynet = require "skynet"
local inner = require "inner"

skynet.start(function()
	skynet.dispatch("lua", function() skynet.retpack { path = SERVICE_PATH, inner = inner } end)
end)
