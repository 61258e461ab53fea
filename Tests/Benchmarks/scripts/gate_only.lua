-- Accepts "lua" "socket" "open" (fd), "data" (fd, text), "close" (fd) and "error" (fd) from the gate.
-- Start script: a gate whose clients have no agent; the watchdog itself answers every packet with its echo.

local skynet = require "skynet"
local socketdriver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"

local gate
local SOCKET = {}

---@param fd integer
function SOCKET.open(fd)
	skynet.send(gate, "lua", "accept", fd)
end

---@param fd integer
---@param text string
function SOCKET.data(fd, text)
	socketdriver.send(fd, netpack.pack(text))
end

---@param fd integer
function SOCKET.close(fd)
	skynet.send(gate, "lua", "kick", fd)
end

SOCKET.error = SOCKET.close

function SOCKET.warning() end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, _, event, ...)
		SOCKET[event](...)
	end)
	gate = skynet.newservice("gate")
	skynet.call(gate, "lua", "open", {
		address = skynet.getenv("address") or "127.0.0.1",
		port = tonumber(skynet.getenv("port")),
		maxclient = 65535,
		backlog = 1024,
		nodelay = true,
	})
end)
