--- What master and slaves of a harbor network say to each other: a length byte, and as many bytes of packed values.

local skynet = require "skynet"
local socket = require "skynet.socket"

local M = {}

local LONGEST <const> = 255

---Sends a packet.
---@param fd integer
---@param ... any  small enough for 255 bytes
function M.write(fd, ...)
	local body = skynet.packstring(...)
	if #body > LONGEST then
		error(("packet too long: %d bytes, at most %d"):format(#body, LONGEST), 2)
	end
	socket.write(fd, string.char(#body) .. body)
end

---Waits for a packet; raises when the connection ends or what it brings is none.
---@param fd integer
---@return any ...
function M.read(fd)
	local size = socket.read(fd, 1)
	if not size then
		error("connection closed", 0)
	end
	if size == "\0" then
		error("empty packet", 0)
	end
	local body = socket.read(fd, size:byte())
	if not body then
		error("connection closed within a packet", 0)
	end
	return skynet.unpack(body)
end

return M
