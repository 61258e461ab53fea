-- Starts redis-server for a test, on a free port of loopback, and ends it again.

local skynet = require "skynet"
local socket = require "skynet.socket"
local companion = require "companion"

local HOST = "127.0.0.1"
local MOST_TRIES = 600
local BUS = 10000 -- the nodes of a cluster speak to each other at a port so much higher
local BETWEEN_TRIES = 5 -- ticks

local redis_server = {}

--- A port that is free, with one for the bus of a cluster.
local function free_port()
	while true do
		local listener, _, port = socket.listen(HOST, 0)
		local ok, bus = false, nil
		if port + BUS <= 0xffff then
			ok, bus = pcall(socket.listen, HOST, port + BUS)
		end
		socket.close(listener)
		if ok and bus then
			socket.close(bus)
			return port
		end
	end
end

local function await(port)
	for _ = 1, MOST_TRIES do
		local fd = socket.open(HOST, port)
		if fd then
			socket.close(fd)
			return
		end
		skynet.sleep(BETWEEN_TRIES)
	end
	error "redis-server does not answer"
end

-- Keeps everything in memory; only the node of a cluster writes a file about itself.
local function start(options)
	local port = free_port()
	local file = os.tmpname()
	os.remove(file)
	local command = ("redis-server --port %d --bind %s --save '' --appendonly no --dir %s --cluster-config-file %s %s")
		:format(port, HOST, file:match "^(.*)/", file:match "[^/]*$", table.concat(options, " "))
	return { port = port, pid = companion.start(command), file = file }
end

local function stop(server)
	companion.kill(server.pid)
	os.remove(server.file)
end

---Runs `test(port)` while there is a server with such options.
---@param options string[]
---@param test fun(port: integer)
function redis_server.with_one(options, test)
	local server = start(options)
	local ok, why = xpcall(function()
		await(server.port)
		test(server.port)
	end, debug.traceback)
	stop(server)
	if not ok then
		error(why, 0)
	end
end

return redis_server
