-- Accepts no messages.
-- Start script: measures what starting a service costs, and how much memory an idle one takes.

local skynet = require "skynet"
local figures = require "figures"

local WARMUP, COUNT = 50, 1000

---@param count integer
local function start_services(count)
	for _ = 1, count do
		skynet.newservice("minimal")
	end
end

skynet.start(function()
	start_services(WARMUP)
	local resident = figures.resident()
	local start = skynet.hpc()
	start_services(COUNT)
	figures.report("startNanoseconds", (skynet.hpc() - start) / COUNT)
	figures.report("serviceBytes", (figures.resident() - resident) / COUNT)
	figures.report("done", 1)
end)
