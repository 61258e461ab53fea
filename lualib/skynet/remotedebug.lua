-- The part of the interactive debugger that lives in the service being debugged. Input comes by a native channel,
-- so that it can't be mistaken for the service's own messages; output goes straight to the console's connection.

local require_own = select(3, ...) or require "skynet.require".own
local skynet = require_own "skynet"
local driver = require_own "skynet.socketdriver"
local debugchannel = require_own "skynet.debugchannel"
local new_debugger = require_own "skynet.remotedebug.session"

local M = {}

--- Ticks between two looks for input.
local INTERVAL <const> = 10

local attached = false

--- Looks for input until the user leaves or the agent is gone.
---@param debugger debugger
---@param channel table
local function attend(debugger, channel)
	debugger:prompt()
	while debugger.attached do
		local line, closed = channel:read(0)
		if line then
			debugger:obey((line:gsub("[\r\n]+$", "")))
			-- A handler that was let go on comes first: the next line may be meant for where it stops.
			skynet.yield()
		elseif closed then
			debugger.attached = false
		else
			skynet.sleep(INTERVAL)
		end
	end
end

--- Handles the debug command REMOTEDEBUG, and answers it when the debugging is over.
---@param fd integer the console's connection
---@param handle any the other end of the agent's channel
function M.start(fd, handle)
	assert(not attached, "a debugger is attached already")
	local channel = debugchannel.connect(handle)
	attached = true
	local debugger = new_debugger(function(text) driver.send(fd, text) end)
	skynet.error "Enter debug mode"
	local ok, err = xpcall(attend, debug.traceback, debugger, channel)
	debugger:leave()
	attached = false
	skynet.error "Leave debug mode"
	if not ok then
		error(err, 0)
	end
	skynet.ret()
end

return M
