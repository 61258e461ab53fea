-- Lends a console connection to the interactive debugger until it is over.

local skynet = require "skynet"
local socket = require "skynet.socket"

--- Passes lines on until the debugger has left the target; a lost connection counts as `cont`, for the target must
--- not stay at a breakpoint that nobody sees.
---@param fd integer
---@param agent integer
local function forward_lines(fd, agent)
	local line
	repeat
		line = socket.readline(fd, "\n") or "cont"
		line = line:gsub("\r$", "")
	until not skynet.call(agent, "lua", "input", line) or line == "cont"
	skynet.call(agent, "lua", "wait")
end

--- Debugs a service from a connection; returns when the user leaves with `cont`.
---@param fd integer
---@param target integer|string
return function(fd, target)
	local agent = skynet.newservice "debug_agent"
	local attached = skynet.call(agent, "lua", "start", target, fd)
	if not attached then
		error("Debugger attach failed", 0)
	end
	forward_lines(fd, agent)
end
