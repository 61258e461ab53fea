-- Accepts no messages.
-- Holds its thread for two seconds, rests for half a second, and begins again.

local skynet = require "skynet"

local SPIN_NANOSECONDS = 2000000000
local REST = 50

local function spin()
	local finish = skynet.hpc() + SPIN_NANOSECONDS
	while skynet.hpc() < finish do
	end
	skynet.timeout(REST, spin)
end

skynet.start(function()
	skynet.timeout(REST, spin)
end)
