-- Accepts lua: fd, of a client whose lines it answers with its name; after `pass` the other service reads on.
-- Arguments: none for the service that listens; else the name, and for the first one the address of the other.

local skynet = require "skynet"
local socket = require "skynet.socket"

local name, other = ...
other = tonumber(other)

local function serve(fd)
	socket.start(fd)
	local lines = function()
		return socket.readline(fd) or nil
	end
	for line in lines do
		socket.write(fd, name .. ": " .. line .. "\n")
		if line == "pass" then
			socket.abandon(fd)
			skynet.send(other, "lua", fd)
			return
		end
	end
	socket.close(fd)
end

if name then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, fd)
			skynet.ignoreret()
			serve(fd)
		end)
	end)
else
	skynet.start(function()
		local second = skynet.newservice("transfer", "second")
		local first = skynet.newservice("transfer", "first", second)
		local listener, address, port = socket.listen("127.0.0.1", 0)
		socket.start(listener, function(fd)
			skynet.send(first, "lua", fd)
		end)
		skynet.error(string.format("transfer listens on %s:%s", address, port))
	end)
end
