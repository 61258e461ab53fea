--- Unique services whose code is a function of the caller.

local skynet = require "skynet"
require "skynet.manager"	-- kill

---@class skynet.service
local M = {}

local addresses = {} ---@type table<string, integer>
local provider ---@type integer?

local function ask(...)
	provider = provider or skynet.uniqueservice "service_provider"
	return skynet.call(provider, "lua", ...)
end

--- The function moves to another state: only globals, which it finds there again, can come along.
local function code_of(mainfunc)
	assert(debug.getinfo(mainfunc, "u").nups == 1)
	assert(debug.getupvalue(mainfunc, 1) == "_ENV")
	return string.dump(mainfunc)
end

--- The service of that name: there already, being started by somebody, or started now.
local function obtain(name, mainfunc, ...)
	local address, booting = ask("test", name)
	if address then
		return address
	elseif booting then
		return ask("query", name)
	end
	return ask("launch", name, code_of(mainfunc), ...)
end

---Starts the service, or finds the one that has the name.
---@param name string
---@param mainfunc function  uses globals, and no other variable from outside
---@param ... any  its arguments
---@return integer address
function M.new(name, mainfunc, ...)
	local address = obtain(name, mainfunc, ...)
	addresses[name] = address
	return address
end

---Waits until there is a service of that name.
---@param name string
---@return integer address
function M.query(name)
	local address = addresses[name] or ask("query", name)
	addresses[name] = address
	return address
end

---Ends the service.
---@param name string
---@return boolean  whether there was one
function M.close(name)
	addresses[name] = nil
	local address = ask("close", name)
	if address then
		skynet.kill(address)
	end
	return address ~= nil and address ~= false
end

return M
