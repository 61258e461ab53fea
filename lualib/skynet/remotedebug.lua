-- The part of the interactive debugger that lives in the service being debugged. Input comes by a native channel,
-- so that it can't be mistaken for the service's own messages; output leaves as messages to the debug_agent.

local late = select(3, ...) or require "skynet.require".own
local skynet = late "skynet"
local debugchannel = late "skynet.debugchannel"
local new_debugger = late "skynet.remotedebug.session"

local M = {}

--- Ticks between two looks for input.
local INTERVAL <const> = 10

local attached = false

--- Looks for input until the user leaves or the agent is gone.
---@param debugger debugger
---@param channel table
---@param agent integer
local function attend(debugger, channel, agent)
	debugger:prompt()
	while debugger.attached do
		local line, closed = channel:read(0)
		if line then
			debugger:obey(line)
			-- A handler that was let go on comes first: the next line may be meant for where it stops.
			skynet.yield()
		elseif closed then
			debugger.attached = false
		else
			skynet.sleep(INTERVAL)
		end
	end
	debugger:leave()
	attached = false
	skynet.error "Leave debug mode"
	skynet.send(agent, "lua", "detached")
end

--- Handles the debug command REMOTEDEBUG: attaches a debug_agent, and answers it.
---@param agent integer address of the agent
---@param handle any the other end of the agent's channel
function M.start(agent, handle)
	assert(not attached, "a debugger is attached already")
	local channel = debugchannel.connect(handle)
	attached = true
	local debugger = new_debugger(function(text) skynet.send(agent, "lua", "output", text) end)
	skynet.error "Enter debug mode"
	skynet.fork(attend, debugger, channel, agent)
	skynet.retpack(true)
end

return M
