-- Tables held once per process by the service `sharetable` and read by all.
--
-- skynet shares real tables between Lua states, which takes a virtual machine made for it. On stock Lua 5.4 a query
-- gives a read-only proxy over packed blocks that all services read in place, and so:
-- * a service unpacks, for itself, the tables it looks at; the packed form is held once;
-- * indexing, `#`, pairs, ipairs, table.concat and table.unpack work; `next`, `rawget` and `rawset` see an empty table;
-- * the proxies of one table are equal (`==`), but as keys of a table they may be different ones;
-- * after `update` the proxies in hand show the new data, in place of being exchanged for other tables;
-- * a table that contains itself can't be shared; functions are shared as byte code, one copy per service;
-- * `skynet.sharetable.core` does not exist.

local skynet = require "skynet"
local corelib = require "skynet.sharedata.corelib"
local take_lease = require "skynet.sharedata.lease"

local M = {}

---@type integer
local daemon
--- The proxies of each name, as long as somebody uses them.
---@type table<string, table<table, boolean>> name -> set of proxies
local proxies = {}

local kind = corelib.kind {
	write_error = function() return "attempt to index a table value" end,
	keep_lost = true,
}

local function ask(...)
	return skynet.call(daemon, "lua", ...)
end

local function proxies_of(name)
	proxies[name] = proxies[name] or setmetatable({}, { __mode = "k" })
	return proxies[name]
end

--- The proxy for an edition: one that is in hand already, or a new one.
local function proxy_of(lease)
	local known = proxies_of(lease.name)
	for proxy in pairs(known) do
		if corelib.version(proxy) == lease.version then
			return proxy
		end
	end
	local proxy = corelib.box(kind, lease)
	known[proxy] = true
	return proxy
end

--- Shares the table that a file returns, under the file's name.
---@param filename string
---@param ... any arguments for the file
function M.loadfile(filename, ...)
	ask("loadfile", filename, ...)
end

--- Shares the table that code returns; a leading `@` in front of a file name makes it read that file.
---@param name string
---@param source string
---@param ... any arguments for the code
function M.loadstring(name, source, ...)
	ask("loadstring", name, source, ...)
end

--- Shares a table.
---@param name string
---@param t table
function M.loadtable(name, t)
	assert(type(t) == "table")
	ask("loadtable", name, t)
end

--- The table of a name as it is now; nil when there is none.
---@param name string
---@return table?
function M.query(name)
	local lease = take_lease(daemon, name, ask("query", name))
	return lease and proxy_of(lease)
end

--- All tables, or those of the names given.
---@param names? string[]
---@return table<string, table>
function M.queryall(names)
	local tables = {}
	for name, loan in pairs(ask("queryall", names)) do
		tables[name] = proxy_of(assert(take_lease(daemon, name, table.unpack(loan, 1, 3))))
	end
	return tables
end

--- Brings the tables of these names that this service holds to the newest data.
---@param ... string names
function M.update(...)
	for _, name in ipairs { ... } do
		local lease = take_lease(daemon, name, ask("query", name))
		if lease then
			for proxy in pairs(proxies_of(name)) do
				corelib.update(proxy, lease)
			end
		end
	end
end

skynet.init(function()
	daemon = skynet.uniqueservice "sharetable"
end)

return M
