--- A tree of values that all services share; every value is found by the path of its keys.

local skynet = require "skynet"

---@class skynet.datacenter
local M = {}

---Reads a value; tables are copied.
---@param ... any  keys
---@return any
function M.get(...)
	return skynet.call("DATACENTER", "lua", "QUERY", ...)
end

---Writes a value, nil deletes; the tables on the way are made.
---@param ... any  keys, then the value
---@return any previous
function M.set(...)
	return skynet.call("DATACENTER", "lua", "UPDATE", ...)
end

---Waits until there is a value.
---@param ... any  keys
---@return any
function M.wait(...)
	return skynet.call("DATACENTER", "lua", "WAIT", ...)
end

return M
