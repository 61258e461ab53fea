-- The writing side of datasheets. The first service that requires this starts the daemon, and with that lets every
-- `require "skynet.datasheet"` of the process go on.

local skynet = require "skynet"
local compiler = require "skynet.datasheet.compiler"

local M = {}

---@type integer
local daemon

local function text_of(value)
	return type(value) == "string" and value or compiler.compile(value)
end

--- The text form of a table, which `new` and `update` take in its place.
---@param value table
---@return string
function M.compile(value)
	return compiler.compile(value)
end

--- Makes a datasheet known. Raises when the name exists.
---@param name string
---@param value table|string
function M.new(name, value)
	skynet.call(daemon, "lua", "new", name, text_of(value))
end

--- Replaces a datasheet; tables that readers hold change in place.
---@param name string
---@param value table|string
function M.update(name, value)
	skynet.call(daemon, "lua", "update", name, text_of(value))
end

skynet.init(function()
	daemon = skynet.uniqueservice "datasheetd"
end)

return M
