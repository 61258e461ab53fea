-- Accepts no messages: sets the greatest limit there is, once, and goes on loading.
local skynet = require "skynet"

skynet.memlimit(math.maxinteger)
assert(skynet.memlimit == nil)

skynet.start(function()
	require "skynet.dns"
end)
