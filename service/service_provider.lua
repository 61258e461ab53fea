-- Accepts `lua` messages: test name, query name, launch name code arguments..., close name.
-- Keeps the services of `skynet.service`, one for a name, each in a `service_cell` of its own.

local skynet = require "skynet"

---@class service_provider.entry
---@field address integer?  once it runs
---@field cell integer?  its service, running or being started
---@field failure string?  remembered for ever
---@field booting boolean?
---@field arguments string
---@field since string  when it was launched
---@field waiters fun(ok: boolean, ...)[]

---@type table<string, service_provider.entry>
local entries = {}

local function entry_of(name)
	local entry = entries[name] or { waiters = {} }
	entries[name] = entry
	return entry
end

local function start_cell(entry, name, code, ...)
	entry.cell = skynet.newservice("service_cell", name)
	local ok, err = pcall(skynet.call, entry.cell, "lua", "init", code, ...)
	if not ok then
		skynet.send(entry.cell, "debug", "EXIT")
		entry.cell = nil
		error(err, 0)
	end
	return entry.cell
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

local function joined(...)
	local words = table.pack(...)
	for i = 1, words.n do
		words[i] = tostring(words[i])
	end
	return table.concat(words, ",")
end

local command = {}

--- What is there: the address; nil and true while it boots; nothing for a name nobody has launched.
function command.test(name)
	local entry = entries[name]
	local address = entry and settled(entry)
	if address then
		skynet.retpack(address)
	elseif entry and entry.booting then
		skynet.retpack(nil, true)
	else
		skynet.ret()
	end
end

function command.launch(name, code, ...)
	local entry = entry_of(name)
	if entry.booting then
		return wait_for(entry)
	end
	if not settled(entry) then
		entry.booting = true
		entry.arguments, entry.since = joined(...), os.date "%Y-%m-%d %H:%M:%S"
		local ok, result = pcall(start_cell, entry, name, code, ...)
		entry.booting = false
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

--- Forgets a service; who asked kills it.
function command.close(name)
	local entry = entries[name]
	local address = entry and entry.address
	if address then
		entries[name] = nil
	end
	skynet.retpack(address)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		local f = command[name] or error("unknown command " .. tostring(name))
		f(...)
	end)
	skynet.info_func(function()
		local info = {}
		for name, entry in pairs(entries) do
			if entry.cell then
				info[skynet.address(entry.cell)] = {
					name = name,
					init = entry.arguments,
					time = entry.since,
					status = entry.booting and ("booting, %d wait"):format(#entry.waiters) or nil,
				}
			end
		end
		return info
	end)
end)
