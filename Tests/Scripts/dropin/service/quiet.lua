-- Answers every `lua` message with the memory it uses, in KiB, once it has collected; otherwise it does nothing.
local skynet = require "skynet"

skynet.start(function()
	skynet.dispatch("lua", function()
		collectgarbage()
		skynet.retpack(collectgarbage "count")
	end)
end)
