-- The service behind `skynet.datasheet`. Accepts `lua` messages: update, query, monitor, release, collect, close.
-- It knows which datasheet has which name, and who reads it; the texts are kept by the builder.

local skynet = require "skynet"

---@class datasheet.version
---@field name string
---@field readers table<integer, integer> address -> how often it was given the sheet and did not release it
---@field monitors { source: integer, respond: function }[]
---@field collectors function[] what to answer when nobody reads it

---@type table<string, lightuserdata>
local current = {}
---@type table<lightuserdata, datasheet.version>
local versions = {}

local command = {}

local function lend(version, source)
	version.readers[source] = (version.readers[source] or 0) + 1
end

--- Answers the builder when a sheet is out of use, and forgets it.
local function settle(sheet)
	local version = versions[sheet]
	if not next(version.readers) and current[version.name] ~= sheet then
		for _, respond in ipairs(version.collectors) do
			respond(true, nil)
		end
		if #version.collectors > 0 then
			versions[sheet] = nil
		end
	end
end

local function give_back(sheet, source)
	local readers = versions[sheet].readers
	local left = (readers[source] or 0) - 1
	readers[source] = left > 0 and left or nil
	settle(sheet)
end

--- Tells those who read a sheet of the one after it.
local function notify(old, sheet)
	local monitors = old.monitors
	old.monitors = {}
	for _, monitor in ipairs(monitors) do
		lend(versions[sheet], monitor.source)
		if not monitor.respond(true, sheet) then
			give_back(sheet, monitor.source)
		end
	end
end

function command.update(_, name, sheet)
	local old = current[name]
	if old ~= sheet then
		current[name] = sheet
		versions[sheet] = versions[sheet] or { readers = {}, monitors = {}, collectors = {} }
		versions[sheet].name = name
		if old then
			notify(versions[old], sheet)
		end
	end
	skynet.retpack(nil)
end

function command.query(source, name)
	local sheet = current[name] or error "create data first"
	lend(versions[sheet], source)
	skynet.retpack(sheet)
end

function command.monitor(source, sheet)
	local version = assert(versions[sheet], "no such datasheet")
	local newest = current[version.name]
	if newest ~= sheet then
		lend(versions[newest], source)
		return skynet.retpack(newest)
	end
	table.insert(version.monitors, { source = source, respond = skynet.response() })
end

function command.release(source, sheet)
	give_back(sheet, source)
end

function command.collect(_, sheet)
	table.insert(versions[sheet].collectors, skynet.response())
	settle(sheet)
end

--- The reader has ended.
function command.close(source)
	local read = {}
	for sheet, version in pairs(versions) do
		for i = #version.monitors, 1, -1 do
			if version.monitors[i].source == source then
				table.remove(version.monitors, i)
			end
		end
		if version.readers[source] then
			version.readers[source] = nil
			read[#read + 1] = sheet
		end
	end
	for _, sheet in ipairs(read) do
		settle(sheet)
	end
end

return function()
	skynet.dispatch("lua", function(_, source, name, ...)
		local handler = assert(command[name], name)
		handler(source, ...)
	end)
	skynet.info_func(function() return current end)
	skynet.start(function() end)
end
