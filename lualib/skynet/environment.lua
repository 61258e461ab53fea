--- What a service can learn about its node: settings, time, and the other services by name.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"

---@class skynet.environment
local M = {}

M.pcall = pcall
---The module `skynet.codecache`.
M.cache = require_own "skynet.codecache"

local own_address

---The address of this service.
---@return integer
function M.self()
	own_address = own_address or core.addresscommand "REG"
	return own_address
end

---How an address is written in logs.
---@param addr integer|string
---@return string
function M.address(addr)
	return type(addr) == "number" and (":%08x"):format(addr) or tostring(addr)
end

---A setting of the node.
---@param key string
---@return string?
function M.getenv(key)
	return (core.command("GETENV", key))
end

---Adds a setting; one that exists cannot be changed.
---@param key string
---@param value string|number
function M.setenv(key, value)
	if core.command("GETENV", key) then
		error("Can't setenv exist key : " .. key, 2)
	end
	core.command("SETENV", key .. " " .. value)
end

local start_time

---When the process started, in seconds.
---@return integer
function M.starttime()
	start_time = start_time or core.intcommand "STARTTIME"
	return start_time
end

---Wall clock time in seconds.
---@return number
function M.time()
	return core.now() / 100 + M.starttime()
end

---The address behind a local name.
---@param name string  `.name`
---@return integer?
function M.localname(name)
	return core.addresscommand("QUERY", name)
end

---The one service of that name; launched when it is not there yet.
---@param global boolean|string  true: one for all nodes, and the name follows
---@param ... any
---@return integer
function M.uniqueservice(global, ...)
	if global == true then
		return assert(skynet.call(".service", "lua", "GLAUNCH", ...))
	end
	return assert(skynet.call(".service", "lua", "LAUNCH", global, ...))
end

---Waits until the unique service of that name is there.
---@param global boolean|string  true: one for all nodes, and the name follows
---@param ... any
---@return integer
function M.queryservice(global, ...)
	if global == true then
		return assert(skynet.call(".service", "lua", "GQUERY", ...))
	end
	return assert(skynet.call(".service", "lua", "QUERY", global, ...))
end

return M
