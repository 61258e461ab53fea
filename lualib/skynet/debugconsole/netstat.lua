-- The sockets of the node, worded for people: sizes in K and M, times as an age, owners as addresses.

local skynet = require "skynet"
local socket = require "skynet.socket"

local M = {}

local KILO <const>, MEGA <const> = 1024, 1024 * 1024
local SECOND <const>, MINUTE <const>, HOUR <const> = 100, 6000, 360000

---@param bytes integer?
---@return string|integer? text nil when there is nothing to say
local function size(bytes)
	if not bytes or bytes == 0 then
		return nil
	end
	if bytes < KILO then
		return bytes
	end
	if bytes < MEGA then
		return bytes / KILO .. "K"
	end
	return bytes / MEGA .. "M"
end

---@param tick integer? when it happened, in the ticks of skynet.now()
---@return string? age
local function age(tick)
	if not tick then
		return nil
	end
	local ticks = skynet.now() - tick
	if ticks < MINUTE then
		return ticks / SECOND .. "s"
	end
	local hours, minutes, seconds = ticks // HOUR, ticks % HOUR // MINUTE, ticks % MINUTE // SECOND
	if hours == 0 then
		return string.format("%d:%ds", minutes, seconds)
	end
	return string.format("%d:%d:%ds", hours, minutes, seconds)
end

--- One entry a socket, ready for the console's layout.
---@return table[]
function M.list()
	local list = socket.netstat()
	for _, info in ipairs(list) do
		info.address = skynet.address(info.address)
		info.read, info.write, info.wbuffer = size(info.read), size(info.write), size(info.wbuffer)
		info.rtime, info.wtime = age(info.rtime), age(info.wtime)
	end
	return list
end

return M
