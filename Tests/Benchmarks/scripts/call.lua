-- Accepts no messages.
-- Start script: measures the round trip of skynet.call, one at a time and 64 at a time.

local skynet = require "skynet"
local figures = require "figures"

local ROUNDS = 128000

---@param pong integer
---@param rounds integer
local function exchange(pong, rounds)
	for _ = 1, rounds do
		skynet.call(pong, "lua", "ping")
	end
end

---@param pong integer
---@param concurrency integer callers at a time
---@return number nanoseconds of a round trip
local function measure(pong, concurrency)
	local start = skynet.hpc()
	local running = concurrency
	local waiting = coroutine.running()
	for _ = 1, concurrency do
		skynet.fork(function()
			exchange(pong, ROUNDS // concurrency)
			running = running - 1
			if running == 0 then
				skynet.wakeup(waiting)
			end
		end)
	end
	skynet.wait(waiting)
	return (skynet.hpc() - start) / ROUNDS
end

skynet.start(function()
	local pong = skynet.newservice("pong")
	exchange(pong, ROUNDS // 4)
	figures.report("callNanoseconds", measure(pong, 1))
	figures.report("call64Nanoseconds", measure(pong, 64))
	figures.report("done", 1)
end)
