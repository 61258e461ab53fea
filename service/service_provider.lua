-- Accepts `lua` messages: launch name code arguments..., query name, close name.
-- Keeps the services of `skynet.service`, one for a name, each in a `service_cell` of its own.

local skynet = require "skynet"
require "skynet.manager"

---@class service_provider.entry
---@field address integer?
---@field failure string?  remembered for ever
---@field starting boolean?
---@field waiters fun(ok: boolean, ...)[]

---@type table<string, service_provider.entry>
local entries = {}

local function entry_of(name)
	local entry = entries[name] or { waiters = {} }
	entries[name] = entry
	return entry
end

local function start_cell(name, code, ...)
	local address = skynet.newservice("service_cell", name)
	local ok, err = pcall(skynet.call, address, "lua", "init", code, ...)
	if not ok then
		skynet.kill(address)
		error(err, 0)
	end
	return address
end

local function tell_waiters(entry)
	local waiters = entry.waiters
	entry.waiters = {}
	for _, respond in ipairs(waiters) do
		respond(entry.address ~= nil, entry.address)
	end
end

local function settled(entry)
	if entry.failure then
		error(entry.failure, 0)
	end
	return entry.address
end

local function wait_for(entry)
	table.insert(entry.waiters, skynet.response())
end

local command = {}

function command.launch(name, code, ...)
	local entry = entry_of(name)
	if entry.starting then
		return wait_for(entry)
	end
	if not settled(entry) then
		entry.starting = true
		local ok, result = pcall(start_cell, name, code, ...)
		entry.starting = false
		entry[ok and "address" or "failure"] = result
		tell_waiters(entry)
	end
	skynet.retpack(settled(entry))
end

function command.query(name)
	local entry = entry_of(name)
	local address = settled(entry)
	if address then
		skynet.retpack(address)
	else
		wait_for(entry)
	end
end

function command.close(name)
	local entry = entries[name]
	if not (entry and entry.address) then
		return skynet.retpack(false)
	end
	entries[name] = nil
	skynet.kill(entry.address)
	skynet.retpack(true)
end

local function describe(entry)
	if entry.failure then
		return "Error: " .. entry.failure
	end
	return entry.address and skynet.address(entry.address) or ("waiting: " .. #entry.waiters)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		command[name](...)
	end)
	skynet.info_func(function()
		local info = {}
		for name, entry in pairs(entries) do
			info[name] = describe(entry)
		end
		return info
	end)
end)
