-- Accepts no messages.
-- Start script: measures netpack inside a service, with the loops of baseline/baseline.lua on our own module.

local skynet = require "skynet"
local socketdriver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local figures = require "figures"

local PAYLOAD = string.rep("x", 64)
local BATCH = string.rep(string.pack(">s2", PAYLOAD), 100)
local PACK_ROUNDS = 500000
local BATCHES = 5000
local DATA = 1 -- the number of a data event

local function pack_and_tostring()
	local start = skynet.hpc()
	for _ = 1, PACK_ROUNDS do
		netpack.tostring(netpack.pack(PAYLOAD))
	end
	return (skynet.hpc() - start) / PACK_ROUNDS
end

---@param fd integer
---@return lightuserdata message, integer size a data event whose bytes are the batch, as the driver sends it
local function data_event(fd)
	local block, size = socketdriver.str2p(BATCH)
	local address = assert(math.tointeger(tonumber(string.format("%p", block))))
	return socketdriver.str2p(string.pack("<i4 i4 i4 i4 i8", DATA, fd, size, 0, address))
end

---@return number nanoseconds of filter and pop for one packet in a batch of 100
local function filter_and_pop()
	local queue, spent = nil, 0
	local kept = {}
	for _ = 1, BATCHES do
		local message, size = data_event(1)
		local start = skynet.hpc()
		queue = netpack.filter(queue, message, size)
		local count = 0
		for _, packet in netpack.pop, queue do
			count = count + 1
			kept[count] = packet
		end
		spent = spent + skynet.hpc() - start
		assert(count == 100)
		for index = 1, count do
			skynet.trash(kept[index], #PAYLOAD)
		end
		skynet.trash(message, size)
	end
	return spent / (BATCHES * 100)
end

skynet.start(function()
	figures.report("packNanoseconds", pack_and_tostring())
	figures.report("filterNanoseconds", filter_and_pop())
	figures.report("done", 1)
end)
