-- Prints what the machine needs for the plain parts of a gate's work, one figure a line.

local netpack = require "plain_netpack"

local PAYLOAD = string.rep("x", 64)
local BATCH = string.pack(">s2", PAYLOAD):rep(100)

-- Services collect garbage this way, so the baseline does too.
collectgarbage("generational")

---@param name string
---@param value number
local function report(name, value)
	print("figure", name, value)
end

---@return number nanoseconds of one resume and the yield that answers it
local function resume_yield_pair()
	local rounds = 2000000
	local resume, yield = coroutine.resume, coroutine.yield
	local thread = coroutine.create(function()
		while true do
			yield()
		end
	end)
	local start = baseline.now()
	for _ = 1, rounds do
		resume(thread)
	end
	return (baseline.now() - start) / rounds
end

---@return number nanoseconds of one pack and one tostring
local function pack_and_tostring()
	local rounds = 500000
	local start = baseline.now()
	for _ = 1, rounds do
		netpack.tostring(netpack.pack(PAYLOAD))
	end
	return (baseline.now() - start) / rounds
end

---@return number nanoseconds of filter and pop for one packet in a batch of 100
local function filter_and_pop()
	local batches, queue, spent = 5000, nil, 0
	local kept = {}
	for _ = 1, batches do
		local block, size = netpack.copy(BATCH)
		local start = baseline.now()
		queue = netpack.filter(queue, block, size)
		local count = 0
		for _, bytes in netpack.pop, queue do
			count = count + 1
			kept[count] = bytes
		end
		spent = spent + baseline.now() - start
		for index = 1, count do
			netpack.release(kept[index])
		end
	end
	return spent / (batches * 100)
end

report("startNanoseconds", baseline.new_states(2000) / 2000)
report("pairNanoseconds", resume_yield_pair())
report("packNanoseconds", pack_and_tostring())
report("filterNanoseconds", filter_and_pop())
