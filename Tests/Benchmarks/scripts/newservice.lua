-- Accepts no messages.
-- Start script: measures what starting a service costs, and what an idle one weighs.

local skynet = require "skynet"
local figures = require "figures"

local WARM, COUNT = 50, 1000

---@param count integer
local function start_leaves(count)
	for _ = 1, count do
		skynet.newservice("minimal")
	end
end

skynet.start(function()
	start_leaves(WARM)
	local resident = figures.resident()
	local start = skynet.hpc()
	start_leaves(COUNT)
	figures.report("birthNanoseconds", (skynet.hpc() - start) / COUNT)
	figures.report("leafBytes", (figures.resident() - resident) / COUNT)
	figures.report("done", 1)
end)
