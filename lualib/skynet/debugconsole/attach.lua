-- Lends a console connection to the interactive debugger until it is over.

local skynet = require "skynet"
local socket = require "skynet.socket"

local function is_there(agent)
	return (pcall(skynet.call, agent, "lua", "ping"))
end

--- Passes lines on until the agent has left; a lost connection counts as `cont`, for the target must not stay at a
--- breakpoint that nobody sees.
---@param fd integer
---@param agent integer
---@param target integer|string
local function forward_lines(fd, agent, target)
	-- Once the target has answered, the agent knows whether it was taken in: no line is read for one that was not.
	if not (is_there(agent) and pcall(skynet.call, target, "debug", "PING") and is_there(agent)) then
		return
	end
	repeat
		local line = socket.readline(fd, "\n") or "cont"
		line = line:gsub("\r$", "")
		skynet.send(agent, "lua", "cmd", line)
	until line == "cont" or not is_there(agent)
end

--- Debugs a service from a connection; returns when the user leaves with `cont`. When the service ends before that,
--- the user learns of it with his next line.
---@param fd integer
---@param target integer|string
return function(fd, target)
	local agent = skynet.newservice "debug_agent"
	local forwarding, waiter = true, {}
	skynet.fork(function()
		forward_lines(fd, agent, target)
		forwarding = false
		skynet.wakeup(waiter)
	end)
	local reached, ok, why = pcall(skynet.call, agent, "lua", "start", target, fd)
	if forwarding then
		skynet.wait(waiter)
	end
	if not (reached and ok) then
		error(reached and why or ok, 0)
	end
end
