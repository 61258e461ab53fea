-- The service behind `skynet.sharetable`. Accepts `lua` messages: loadfile, loadstring, loadtable, query, queryall,
-- close. It keeps the tables of `skynet.sharetable.core`, the newest of each name and those that were asked for.

local skynet = require "skynet"
local core = require "skynet.sharetable.core"

---@class sharetable.edition
---@field matrix userdata
---@field clients table<integer, boolean> who may be about to make a copy

---@type table<string, sharetable.edition>
local current = {}
---@type table<string, sharetable.edition[]>
local history = {}

--- Ticks after which nobody can be about to make a copy of a table that was replaced.
local RETIREMENT <const> = 60000

--- Runs in the state of its own that makes the table.
local UNPACK <const> = "local unpack, pointer, size = ... return (unpack(pointer, size))"

local command = {}

local function close(name, edition)
	edition.matrix:close()
	for i, old in ipairs(history[name] or {}) do
		if old == edition then
			table.remove(history[name], i)
			return
		end
	end
end

local function retire(name, edition)
	history[name] = history[name] or {}
	table.insert(history[name], edition)
	if next(edition.clients) == nil then
		close(name, edition)
	else
		skynet.timeout(RETIREMENT, function() close(name, edition) end)
	end
end

local function publish(name, matrix)
	local old = current[name]
	current[name] = { matrix = matrix, clients = {} }
	if old then
		retire(name, old)
	end
	skynet.retpack(nil)
end

function command.loadfile(_, filename, ...)
	publish(filename, core.matrix("@" .. filename, ...))
end

function command.loadstring(_, name, source, ...)
	publish(name, core.matrix(source, ...))
end

function command.loadtable(_, name, pointer, size)
	local ok, matrix = pcall(core.matrix, UNPACK, skynet.unpack, pointer, size)
	skynet.trash(pointer, size)
	publish(name, ok and matrix or error(matrix, 0))
end

local function lend(source, name)
	local edition = current[name]
	if edition then
		edition.clients[source] = true
		return edition.matrix:getptr()
	end
end

function command.query(source, name)
	skynet.retpack(lend(source, name))
end

function command.queryall(source, names)
	local pointers = {}
	if names then
		for _, name in ipairs(names) do
			pointers[name] = lend(source, name)
		end
	else
		for name in pairs(current) do
			pointers[name] = lend(source, name)
		end
	end
	skynet.retpack(pointers)
end

function command.close(source)
	for _, edition in pairs(current) do
		edition.clients[source] = nil
	end
	for name, editions in pairs(history) do
		for i = #editions, 1, -1 do
			editions[i].clients[source] = nil
			if next(editions[i].clients) == nil then
				close(name, editions[i])
			end
		end
	end
end

local function info()
	local files = {}
	for name, edition in pairs(current) do
		local old = {}
		for i, retired in ipairs(history[name] or {}) do
			old[i] = retired.matrix:getptr()
		end
		files[name] = { current = edition.matrix:getptr(), size = edition.matrix:size(), history = old }
	end
	return files
end

return function()
	skynet.dispatch("lua", function(_, source, name, ...)
		local handler = assert(command[name], name)
		handler(source, ...)
	end)
	skynet.info_func(info)
	skynet.start(function() end)
end
