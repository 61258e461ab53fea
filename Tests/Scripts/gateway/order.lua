-- Accepts nothing: a service with a connection on each of two listeners, which live on different loops.
-- A line on the first makes it write to the first and then to the second; "turns" puts a turn in between.

local skynet = require "skynet"
local socket = require "skynet.socket"

local connections = {}

local function serve(number, fd)
	socket.start(fd)
	connections[number] = fd
	if #connections == 2 then
		socket.write(connections[1], "ready\n")
	end
	if number == 2 then
		return
	end
	for line in function() return socket.readline(fd) or nil end do
		socket.write(connections[1], line .. "\n")
		if line == "turns" then
			skynet.yield()
		end
		socket.write(connections[2], line .. "\n")
	end
	socket.close(fd)
end

skynet.start(function()
	local ports = {}
	for number = 1, 2 do
		local id, _, port = socket.listen("127.0.0.1", 0)
		ports[number] = port
		socket.start(id, function(fd)
			skynet.fork(serve, number, fd)
		end)
	end
	skynet.error(string.format("second listens on 127.0.0.1:%d", ports[2]))
	skynet.error(string.format("order listens on 127.0.0.1:%d", ports[1]))
end)
