-- Accepts no messages: it is the master of a harbor network, and its slaves speak to it over sockets.
-- A slave sends H (who I am), R (register a name), Q (query one) and is sent W (how many will connect to you),
-- C (connect to a new node), N (whose name that is), D (a node is down).

local skynet = require "skynet"
local socket = require "skynet.socket"
local packet = require "skynet.harbor.packet"

---@class slave
---@field address string  where it listens for other nodes
---@field fd integer?  nil once it is down; its number is not given again

---@type table<integer, slave> node id -> slave
local slaves = {}
---@type table<string, integer> global name -> the address it was first registered with
local names = {}

local MOST_NODES <const> = 255

local function broadcast(...)
	for _, slave in pairs(slaves) do
		if slave.fd then
			packet.write(slave.fd, ...)
		end
	end
end

local function count_live()
	local count = 0
	for _, slave in pairs(slaves) do
		if slave.fd then
			count = count + 1
		end
	end
	return count
end

--- Takes a node into the network: those that are there connect to it, and it is told how many they are.
---@return integer id
local function admit(fd)
	local kind, id, address = packet.read(fd)
	if kind ~= "H" then
		error("Invalid handshake type " .. tostring(kind), 0)
	end
	if math.type(id) ~= "integer" or id < 1 or id > MOST_NODES then
		error("Invalid slave id " .. tostring(id), 0)
	end
	if type(address) ~= "string" then
		error("Invalid slave address " .. tostring(address), 0)
	end
	if slaves[id] then
		error(("Slave %d already register on %s"):format(id, slaves[id].address), 0)
	end
	local count = count_live()
	broadcast("C", id, address)
	slaves[id] = { address = address, fd = fd }
	skynet.error(("Harbor %d (fd=%d) report %s"):format(id, fd, address))
	packet.write(fd, "W", count)
	return id
end

local command = {}

function command.R(_, name, address)
	if type(name) ~= "string" or math.type(address) ~= "integer" then
		error("Invalid registration", 0)
	end
	names[name] = names[name] or address
	broadcast("N", name, address)
end

--- Silence for a name that nobody has: N comes once somebody registers it.
function command.Q(fd, name)
	if name ~= nil and names[name] then
		packet.write(fd, "N", name, names[name])
	end
end

local function obey(fd, kind, ...)
	local handler = command[kind]
	if handler then
		handler(fd, ...)
	else
		skynet.error("Invalid slave message type " .. tostring(kind))
	end
end

local function serve(fd)
	while true do
		obey(fd, packet.read(fd))
	end
end

local function accept(fd, peer)
	skynet.error(("connect from %s %d"):format(peer, fd))
	socket.start(fd)
	local admitted, id = pcall(admit, fd)
	if not admitted then
		skynet.error(("disconnect fd = %d, error = %s"):format(fd, id))
		return socket.close(fd)
	end
	pcall(serve, fd)
	skynet.error(("slave %d is down"):format(id))
	slaves[id].fd = nil
	broadcast("D", id)
	socket.close(fd)
end

skynet.start(function()
	local address = assert(skynet.getenv "standalone",
		"cmaster: the configuration has no 'standalone', the address where the master listens")
	skynet.error("master listen socket " .. address)
	socket.start(socket.listen(address), accept)
end)
