-- A client of the chat example, which needs no node: says the lines you type, and prints what is said.
--
--   swiftgate script examples/chat/client.lua NAME [host [port]]
--
-- It ends with its input, or with the server.

local socket = require "client.socket"

local name, host, port = ...
assert(name, "usage: swiftgate script examples/chat/client.lua NAME [host [port]]")

local fd = socket.connect(host or "127.0.0.1", tonumber(port) or 8888)
local pending = ""

local function say(text)
	socket.send(fd, string.pack(">s2", text))
end

local function print_packets()
	while #pending >= 2 and #pending >= 2 + string.unpack(">I2", pending) do
		local text, behind = string.unpack(">s2", pending)
		pending = pending:sub(behind)
		print(text)
		io.flush()
	end
end

say(name)
while true do
	local bytes = socket.recv(fd)
	if bytes == "" then
		break
	elseif bytes then
		pending = pending .. bytes
		print_packets()
	end
	local line = socket.readstdin()
	if line then
		say(line)
	elseif not bytes then
		socket.usleep(10000)
	end
end
print "the server has closed the connection"
socket.close(fd)
