-- A client of the echo example, which needs no node: sends its words, and prints what comes back.
--
--   swiftgate script examples/echo/client.lua [host [port [word ...]]]

local socket = require "client.socket"

local arguments = { ... }
local host = arguments[1] or "127.0.0.1"
local port = tonumber(arguments[2]) or 8888
local words = { table.unpack(arguments, 3) }
if #words == 0 then
	words = { "hello", "world" }
end

local fd = socket.connect(host, port)
local pending = ""

-- Bytes come as they like; a packet is there when its length and as many bytes are.
local function read_packet()
	while #pending < 2 or #pending < 2 + string.unpack(">I2", pending) do
		local bytes = socket.recv(fd)
		if bytes == "" then
			error "the server has closed the connection"
		elseif bytes then
			pending = pending .. bytes
		else
			socket.usleep(1000)
		end
	end
	local packet, behind = string.unpack(">s2", pending)
	pending = pending:sub(behind)
	return packet
end

-- All are sent before any is read: the gate keeps their order.
for _, word in ipairs(words) do
	socket.send(fd, string.pack(">s2", word))
end
for _ = 1, #words do
	print(read_packet())
end
socket.close(fd)
