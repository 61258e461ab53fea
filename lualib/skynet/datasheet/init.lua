-- The reading side of datasheets: big read-only tables that many services look into. A query waits until some service
-- has required `skynet.datasheet.builder`.

local skynet = require "skynet"
local service = require "skynet.service"
local core = require "skynet.datasheet.core"

local M = {}

---@type integer?
local server
---@type table<string, table>
local sheets = {}
---@type table<string, string> why a query failed; it fails the same way ever after
local failures = {}

local function ask(...)
	server = server or service.query "datasheet"
	return skynet.call(server, "lua", ...)
end

--- Brings a sheet, with all tables that came from it, from version to version.
local function follow(sheet, pointer)
	while true do
		local newest = ask("monitor", pointer)
		core.update(sheet, newest)
		skynet.send(server, "lua", "release", pointer)
		pointer = newest
	end
end

--- The table of a datasheet. Raises when there is none of that name.
---@param name string
---@return table
function M.query(name)
	if failures[name] then
		error(failures[name])
	end
	if sheets[name] then
		return sheets[name]
	end
	local found, pointer = pcall(ask, "query", name)
	-- Somebody else in this service may have asked while this coroutine waited.
	if sheets[name] then
		if found then
			skynet.send(server, "lua", "release", pointer)
		end
		return sheets[name]
	end
	if not found then
		failures[name] = tostring(pointer)
		error(failures[name])
	end
	sheets[name] = core.new(pointer)
	skynet.fork(follow, sheets[name], pointer)
	return sheets[name]
end

--- The module ends with its state, and with it all reading.
return setmetatable(M, { __gc = function()
	if server then
		skynet.send(server, "lua", "close")
	end
end })
