--- What a service can learn about itself.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"

---@class skynet.inspection
local M = {}

---Whether the monitor found this service in an endless loop; asking resets it.
---@return boolean
function M.endless()
	return core.intcommand("STAT", "endless") == 1
end

---How many messages wait in the mailbox.
---@return integer
function M.mqlen()
	return core.intcommand("STAT", "mqlen")
end

---A figure of the runtime about this service: mqlen, endless, cpu, time, message.
---@param what string
---@return number
function M.stat(what)
	return core.intcommand("STAT", what)
end

---Sets the function that answers the debug command INFO.
---@param f function
function M.info_func(f)
	skynet._state.info = f
end

---Limits the memory of this service; only in the main chunk, once.
---@param bytes integer
function M.memlimit(bytes)
	-- The container looks into the registry once the main chunk has run.
	debug.getregistry().memlimit = bytes
	M.memlimit, skynet.memlimit = nil, nil
end

return M
