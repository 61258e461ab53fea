-- Accepts socket messages.
-- Start script: measures netpack inside a service; batches come from a load client, whose packets it echoes.

local skynet = require "skynet"
local socketdriver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local figures = require "figures"

local PAYLOAD = string.rep("x", 64)
local PACK_ROUNDS = 500000

local queue
local spent, count = 0, 0
local blocks, sizes = {}, {}
local SOCKET = {}

local function measure_pack()
	local start = skynet.hpc()
	for _ = 1, PACK_ROUNDS do
		netpack.tostring(netpack.pack(PAYLOAD))
	end
	figures.report("packNanoseconds", (skynet.hpc() - start) / PACK_ROUNDS)
end

---@param fd integer
---@param packets integer how many wait in `blocks`
local function echo(fd, packets)
	local texts = {}
	for index = 1, packets do
		texts[index] = string.pack(">s2", netpack.tostring(blocks[index], sizes[index]))
	end
	socketdriver.send(fd, table.concat(texts))
end

---@param start integer when filter was called
function SOCKET.more(start)
	local packets, client = 0, nil
	for fd, block, size in netpack.pop, queue do
		packets = packets + 1
		client, blocks[packets], sizes[packets] = fd, block, size
	end
	spent = spent + skynet.hpc() - start
	count = count + packets
	echo(client, packets)
end

---@param fd integer
---@param block lightuserdata
---@param size integer
function SOCKET.data(_, fd, block, size)
	blocks[1], sizes[1] = block, size
	echo(fd, 1)
end

---@param fd integer
function SOCKET.open(_, fd)
	socketdriver.start(fd)
end

---@param fd integer
function SOCKET.close(_, fd)
	socketdriver.close(fd)
	if count > 0 then
		figures.report("batchedPackets", count)
		figures.report("filterNanoseconds", spent / count)
		figures.report("done", 1)
	end
end

SOCKET.error = SOCKET.close

function SOCKET.init() end

function SOCKET.warning() end

skynet.register_protocol {
	name = "socket",
	id = skynet.PTYPE_SOCKET,
	unpack = function(message, size)
		local start = skynet.hpc()
		return start, netpack.filter(queue, message, size)
	end,
	dispatch = function(_, _, start, new_queue, event, ...)
		queue = new_queue
		if event then
			SOCKET[event](start, ...)
		end
	end,
}

skynet.start(function()
	measure_pack()
	local listener = socketdriver.listen("127.0.0.1", tonumber(skynet.getenv("port")), 32)
	socketdriver.start(listener)
end)
