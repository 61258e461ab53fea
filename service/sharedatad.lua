-- Accepts `lua` messages: new, update, delete, query, confirm, monitor. Data: a table, Lua code, or "@file".
-- It keeps the documents of `skynet.sharedata.core`, one for a name, and old ones as long as somebody reads them.

local skynet = require "skynet"
local core = require "skynet.sharedata.core"

---@class sharedatad.entry
---@field document lightuserdata
---@field watchers { source: integer, respond: function }[]

---@type table<string, sharedatad.entry>
local entries = {}
--- Documents that have been replaced or deleted, until nobody reads them.
---@type table<lightuserdata, boolean>
local retired = {}

--- Ticks between two looks for documents that are read no more.
local COLLECT_INTERVAL <const> = 6000

local command = {}

--- Read past the code cache: an update from a file is made because the file has changed.
local function read_file(filename)
	local file = assert(io.open(filename, "rb"))
	local text = file:read "a"
	file:close()
	return text
end

local function compile(code, environment)
	local chunkname = code
	if code:sub(1, 1) == "@" then
		code = read_file(code:sub(2))
	end
	return assert(load(code, chunkname, "t", environment))
end

--- The table that code returns or, when it returns none, the globals it has set.
local function run(code, ...)
	local environment = setmetatable({}, { __index = _ENV })
	local result = compile(code, environment)(...)
	if type(result) == "table" then
		return result
	end
	return setmetatable(environment, nil)
end

--- A new document, with this service's own reference to it.
local function build(value, ...)
	if type(value) == "string" then
		value = run(value, ...)
	end
	assert(value == nil or type(value) == "table", "shared data is a table, code or a file")
	local document = core.new(value or {})
	core.incref(document)
	return document
end

local function collect()
	for document in pairs(retired) do
		if core.getref(document) <= 0 then
			retired[document] = nil
			core.delete(document)
		end
	end
end

local collecting = false

--- Looks from time to time, while there are documents to look at.
local function collect_later()
	if not collecting and next(retired) then
		collecting = true
		skynet.timeout(COLLECT_INTERVAL, function()
			collecting = false
			collect()
			collect_later()
		end)
	end
end

--- Who waits for a change learns of it; the flag must be set before, for readers look at it then.
local function retire(entry, successor)
	local document = entry.document
	retired[document] = true
	core.decref(document)
	core.markdirty(document)
	for _, watcher in ipairs(entry.watchers) do
		if successor then
			core.incref(successor)
		end
		if not watcher.respond(true, successor) and successor then
			core.decref(successor)
		end
	end
	collect_later()
end

function command.new(_, name, value, ...)
	assert(not entries[name], "already exists")
	entries[name] = { document = build(value, ...), watchers = {} }
	skynet.retpack(nil)
end

function command.update(_, name, value, ...)
	local old = entries[name]
	local document = build(value, ...)
	entries[name] = { document = document, watchers = {} }
	if old then
		retire(old, document)
	end
	skynet.retpack(nil)
end

function command.delete(_, name)
	local old = entries[name]
	if old then
		entries[name] = nil
		retire(old)
	end
	skynet.retpack(nil)
end

local function lend(entry)
	core.incref(entry.document)
	skynet.retpack(entry.document)
end

function command.query(_, name)
	lend(assert(entries[name], "no such data"))
end

--- The reader has a box of its own now.
function command.confirm(_, document)
	core.decref(document)
end

--- Forgets watchers that died; those of data that never changes would pile up.
local function drop_dead(watchers)
	for i = #watchers, 1, -1 do
		if not watchers[i].respond "TEST" then
			table.remove(watchers, i)
		end
	end
end

function command.monitor(source, name, document)
	local entry = entries[name]
	if not entry then
		return skynet.retpack(nil)
	elseif entry.document ~= document then
		return lend(entry)
	end
	local watchers = entry.watchers
	-- A look at all of them each time their number has doubled.
	if #watchers >= 16 and #watchers & (#watchers - 1) == 0 then
		drop_dead(watchers)
	end
	watchers[#watchers + 1] = { source = source, respond = skynet.response() }
end

local function count(t)
	local n = 0
	for _ in pairs(t) do
		n = n + 1
	end
	return n
end

skynet.start(function()
	skynet.dispatch("lua", function(_, source, name, ...)
		local handler = assert(command[name], name)
		handler(source, ...)
	end)
	skynet.info_func(function()
		collect()
		return { current = count(entries), retired = count(retired) }
	end)
end)
