-- Plays another node at the other end of a link: a socket that speaks the bytes of a harbor.
-- Accepts `lua` messages: "listen" -> address; "connect" address; "read" n -> bytes; "write" bytes; "close".

local skynet = require "skynet"
local socket = require "skynet.socket"

local link
local waiting

local function adopt(fd)
	socket.start(fd)
	link = fd
	if waiting then
		skynet.wakeup(waiting)
	end
end

local function connected()
	if not link then
		waiting = coroutine.running()
		skynet.wait(waiting)
		waiting = nil
	end
	return link
end

local command = {}

function command.listen()
	local listener, host, port = socket.listen("127.0.0.1", 0)
	socket.start(listener, adopt)
	return host .. ":" .. port
end

function command.connect(address)
	link = assert(socket.open(address))
end

function command.read(size)
	return socket.read(connected(), size)
end

function command.write(bytes)
	socket.write(connected(), bytes)
end

function command.close()
	socket.close(connected())
	link = nil
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		skynet.retpack(command[name](...))
	end)
end)
