-- Accepts `lua` messages: loadfile, loadstring, loadtable, query, queryall, release.
-- It keeps shared tables as packed blocks that all services of the process read in place.

local skynet = require "skynet"
local blocks = require "skynet.sharedata.blocks"
local new_store = require "skynet.sharedata.store"

local store = new_store()
---@type table<string, boolean>
local names = {}
local command = {}

local SCALARS <const> = { boolean = true, number = true, string = true }

---@type blocks.policy
local policy = {
	functions = true,
	key = function(key)
		if not SCALARS[type(key)] then
			error(string.format("Invalid type [%s]", type(key)), 0)
		end
	end,
	value = function(value)
		if not SCALARS[type(value)] then
			error(string.format("Invalid type [%s]", type(value)), 0)
		end
		return value
	end,
	table = function(t)
		if getmetatable(t) ~= nil then
			error("Can't share metatable", 0)
		end
	end,
}

local function publish(name, t)
	assert(type(t) == "table", "a shared table is a table")
	store:publish(name, blocks.build(t, policy))
	names[name] = true
	skynet.retpack()
end

--- Read past the code cache: a table is loaded again because the file has changed.
local function read_file(filename)
	local file = assert(io.open(filename, "rb"))
	local text = file:read "a"
	file:close()
	return text
end

function command.loadfile(_, filename, ...)
	local chunk = assert(load(read_file(filename), "@" .. filename, "bt"))
	publish(filename, chunk(...))
end

function command.loadstring(_, name, source, ...)
	local chunk = assert(load(source, "=" .. name, "bt"))
	publish(name, chunk(...))
end

function command.loadtable(_, name, t)
	publish(name, t)
end

function command.query(source, name)
	skynet.retpack(store:borrow(name, source))
end

function command.queryall(source, wanted)
	if not wanted then
		wanted = {}
		for name in pairs(names) do
			wanted[#wanted + 1] = name
		end
	end
	local loans = {}
	for _, name in ipairs(wanted) do
		if names[name] then
			loans[name] = { store:borrow(name, source) }
		end
	end
	skynet.retpack(loans)
end

store:serve(command)
