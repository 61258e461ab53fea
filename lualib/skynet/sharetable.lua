-- Tables made once and used by all services: the service that asks gets a copy of its own in ordinary tables, equal
-- (`==`) however often it asks. What a script writes into it stays in its service.

local skynet = require "skynet"
local service = require "skynet.service"
local core = require "skynet.sharetable.core"

local M = {}

---@type integer? the service, found at the first use: a `preload` script requires this before there are services
local server
--- The tables of each name that this service may still use.
---@type table<string, table<table, boolean>> name -> set of root tables
local known = {}

--- The body of the service `sharetable`.
local function main()
	require "skynet.sharetable.service" ()
end

local function ask(...)
	server = server or service.new("sharetable", main)
	return skynet.call(server, "lua", ...)
end

local function clone(name, pointer)
	local t = core.clone(pointer)
	known[name] = known[name] or setmetatable({}, { __mode = "k" })
	known[name][t] = true
	return t
end

--- Shares the table that a file returns, under the file's name.
---@param filename string
---@param ... boolean|number|lightuserdata|function arguments for the file; functions of C only
function M.loadfile(filename, ...)
	ask("loadfile", filename, ...)
end

--- Shares the table that code returns; a leading `@` in front of a file name makes it read that file.
---@param name string
---@param source string
---@param ... boolean|number|lightuserdata|function arguments for the code; functions of C only
function M.loadstring(name, source, ...)
	ask("loadstring", name, source, ...)
end

--- Shares a table of what can be sent in a message.
---@param name string
---@param t table
function M.loadtable(name, t)
	assert(type(t) == "table")
	ask("loadtable", name, skynet.pack(t))
end

--- The table of a name as it is now; nil when there is none.
---@param name string
---@return table?
function M.query(name)
	local pointer = ask("query", name)
	return pointer and clone(name, pointer)
end

--- All tables, or those of the names given.
---@param names? string[]
---@return table<string, table>
function M.queryall(names)
	local tables = {}
	for name, pointer in pairs(ask("queryall", names)) do
		tables[name] = clone(name, pointer)
	end
	return tables
end

--- Exchanges, wherever this service refers to them, the tables of these names for the newest ones. What was at a place
--- where the newest have no table becomes nil.
---@param ... string names
function M.update(...)
	local exchange = require "skynet.sharetable.exchange"
	local successors = {}
	for _, name in ipairs { ... } do
		local newest = known[name] and M.query(name)
		for old in pairs(newest and known[name] or {}) do
			if old ~= newest then
				exchange.match(old, newest, successors)
			end
		end
	end
	if next(successors) then
		exchange.run(successors)
	end
end

--- The module ends with its state; old tables need not be kept for it any more.
return setmetatable(M, { __gc = function()
	if server then
		skynet.send(server, "lua", "close")
	end
end })
