-- Exchanges tables for others in a whole Lua state: in tables, as value and as key, in upvalues, in user values, and
-- in the local variables of all coroutines, as far as they can be reached from the registry.

local core = require "skynet.sharetable.core"

local is_shared = core.is_sharedtable

local M = {}

---@alias exchange.successors table<table, table|false> old table -> new table; false: there is none any more

--- Notes, for a table and for those in it, what is at the same place in another.
---@param old table
---@param new table|false
---@param successors exchange.successors
function M.match(old, new, successors)
	if successors[old] ~= nil then
		return
	end
	successors[old] = new
	for key, value in next, old do
		if type(value) == "table" then
			local other = new and new[key]
			M.match(value, type(other) == "table" and other or false, successors)
		end
	end
end

---@class exchange.walk
---@field successors exchange.successors
---@field seen table<any, boolean>
---@field queue any[]
---@field length integer
---@field own table<function, boolean> the functions whose frames are those of the exchange itself

--- What a reference becomes, and whether it changes; the objects met are visited later.
local function turn(walk, value)
	local kind = type(value)
	if kind ~= "table" and kind ~= "function" and kind ~= "userdata" and kind ~= "thread" then
		return value, false
	end
	local successor = walk.successors[value]
	if successor ~= nil then
		return successor or nil, true
	end
	if not walk.seen[value] and not (kind == "table" and is_shared(value)) then
		walk.seen[value] = true
		walk.length = walk.length + 1
		walk.queue[walk.length] = value
	end
	return value, false
end

local visit = {}

visit["table"] = function(walk, t)
	turn(walk, debug.getmetatable(t))
	local moved
	for key, value in next, t do
		local new_value, value_changed = turn(walk, value)
		local new_key, key_changed = turn(walk, key)
		if key_changed then
			-- A new key must not be assigned while the table is being traversed.
			moved = moved or {}
			moved[#moved + 1] = { old = key, new = new_key, value = new_value }
		elseif value_changed then
			rawset(t, key, new_value)
		end
	end
	for _, entry in ipairs(moved or {}) do
		rawset(t, entry.old, nil)
		if entry.new ~= nil then
			rawset(t, entry.new, entry.value)
		end
	end
end

visit["function"] = function(walk, f)
	local i = 1
	while true do
		local name, value = debug.getupvalue(f, i)
		if not name then
			return
		end
		local new, changed = turn(walk, value)
		if changed then
			debug.setupvalue(f, i, new)
		end
		i = i + 1
	end
end

visit["userdata"] = function(walk, u)
	turn(walk, debug.getmetatable(u))
	local i = 1
	while true do
		local value, exists = debug.getuservalue(u, i)
		if not exists then
			return
		end
		local new, changed = turn(walk, value)
		if changed then
			debug.setuservalue(u, new, i)
		end
		i = i + 1
	end
end

--- The function of one frame of a coroutine, and its variables: locals and temporaries count up from 1, extra
--- arguments down from -1. Of the running coroutine levels count from here: the callers must all be at one depth.
local function visit_frame(walk, co, level)
	local frame = debug.getinfo(co, level, "f")
	if not frame then
		return false
	end
	turn(walk, frame.func)
	if walk.own[frame.func] then
		return true
	end
	for step = 1, -1, -2 do
		local i = step
		local name, value = debug.getlocal(co, level, i)
		while name do
			local new, changed = turn(walk, value)
			if changed then
				debug.setlocal(co, level, i, new)
			end
			i = i + step
			name, value = debug.getlocal(co, level, i)
		end
	end
	return true
end

visit["thread"] = function(walk, co)
	local values = {}
	for i = 1, core.stackvalues(co, values) do
		turn(walk, values[i])
	end
	local level = 0
	while visit_frame(walk, co, level) do
		level = level + 1
	end
end

--- Exchanges all references to tables that have a successor.
---@param successors exchange.successors
function M.run(successors)
	---@type exchange.walk
	local walk = { successors = successors, seen = {}, queue = {}, length = 0, own = {} }
	for _, t in ipairs { walk, successors, walk.seen, walk.queue, walk.own } do
		walk.seen[t] = true
	end
	walk.own[visit_frame], walk.own[visit["thread"]], walk.own[M.run] = true, true, true
	turn(walk, debug.getregistry())
	turn(walk, (coroutine.running()))
	while walk.length > 0 do
		local object = walk.queue[walk.length]
		walk.queue[walk.length] = nil
		walk.length = walk.length - 1
		visit[type(object)](walk, object)
	end
end

return M
