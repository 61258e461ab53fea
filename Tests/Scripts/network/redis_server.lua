-- Starts redis-server for a test, on a free port of loopback, and ends it again.

local skynet = require "skynet"
local socket = require "skynet.socket"

local HOST = "127.0.0.1"
local MOST_TRIES = 200
local BETWEEN_TRIES = 5 -- ticks

local redis_server = {}

local function free_port()
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	return port
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

-- Keeps everything in memory, and whatever a cluster must write in a directory of its own.
local function start(options)
	local port = free_port()
	local place = os.tmpname()
	os.remove(place)
	local command = ("mkdir %s && cd %s && exec redis-server --port %d --bind %s --save '' --appendonly no %s")
		:format(place, place, port, HOST, table.concat(options, " "))
	local pipe = assert(io.popen(("sh -c \"%s\" >/dev/null 2>&1 & echo $!"):format(command)))
	local pid = assert(tonumber(pipe:read "l"), "redis-server does not start")
	pipe:close()
	return { port = port, pid = pid, place = place }
end

local function stop(server)
	os.execute("kill " .. server.pid)
	os.execute("rm -r " .. server.place)
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
