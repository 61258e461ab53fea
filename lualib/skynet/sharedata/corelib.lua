-- Read-only views of shared blocks. A view is a proxy: it unpacks its one table, and follows its data to a newer
-- edition by the path it was reached by.

local blocks = require "skynet.sharedata.blocks"

local M = {}

---@class view.root
---@field lease lease the edition being read
---@field pending lease? a newer one; taken at the next access
---@field kind view.kind

---@class view.state
---@field root view.root
---@field parent view.state?
---@field key string|number|boolean
---@field lease lease the edition `values` belong to
---@field pointer lightuserdata
---@field values table
---@field sizes table<any, integer>
---@field length integer
---@field children table<any, table>

---@class view.kind how views of one module differ
---@field write_error fun(path: string): string
---@field check_key? fun(key: any)
---@field keep_lost boolean whether a view whose path is gone keeps its old data, or raises
---@field meta table

--- The field of a proxy that holds its state; no script can name it.
local STATE <const> = {}

local function path_of(state)
	if not state.parent then
		return ""
	end
	return path_of(state.parent) .. "." .. tostring(state.key)
end

local function open(state, lease, pointer, size)
	state.values, state.sizes, state.length = blocks.open(pointer, size)
	state.lease, state.pointer = lease, pointer
end

local refresh

--- Finds the table's place in the edition its root reads now.
local function relocate(state)
	local parent = state.parent
	if not parent then
		return open(state, state.root.lease, state.root.lease.pointer, state.root.lease.size)
	end
	refresh(parent)
	state.root = parent.root
	local size = parent.sizes[state.key]
	if size then
		open(state, parent.lease, parent.values[state.key], size)
	elseif state.root.kind.keep_lost then
		state.root = { lease = state.lease, kind = state.root.kind }
	else
		error(string.format("The key [%s] doesn't exist after update", path_of(state)), 0)
	end
end

function refresh(state)
	local root = state.root
	if root.pending then
		root.lease, root.pending = root.pending, nil
	end
	if state.lease ~= root.lease then
		relocate(state)
	end
	return state
end

local function view(state)
	return setmetatable({ [STATE] = state }, state.root.kind.meta)
end

local function child(state, key)
	local known = state.children[key]
	if not known then
		local inner = { root = state.root, parent = state, key = key, children = {} }
		open(inner, state.lease, state.values[key], state.sizes[key])
		known = view(inner)
		state.children[key] = known
	end
	return known
end

local function field(state, key)
	local value = state.values[key]
	if type(value) == "userdata" then
		return child(state, key)
	end
	return value
end

local function index(self, key)
	local state = refresh(rawget(self, STATE))
	local value = field(state, key)
	if value == nil and state.root.kind.check_key then
		state.root.kind.check_key(key)
	end
	return value
end

local function newindex(self)
	local state = rawget(self, STATE)
	error(state.root.kind.write_error(path_of(state)), 2)
end

--- Goes through the edition that is current when the loop begins, even if a newer one arrives meanwhile.
local function pairs_of(self)
	local state = refresh(rawget(self, STATE))
	local values = state.values
	return function(_, key)
		local next_key, value = next(values, key)
		if type(value) == "userdata" then
			value = index(self, next_key)
		end
		return next_key, value
	end, self, nil
end

--- Declares how the views of a module behave.
---@param kind { write_error: fun(path: string): string, check_key?: fun(key: any), keep_lost?: boolean }
---@return view.kind
function M.kind(kind)
	kind.meta = {
		__index = index,
		__newindex = newindex,
		__pairs = pairs_of,
		__len = function(self) return refresh(rawget(self, STATE)).length end,
		__eq = function(a, b)
			local one, other = rawget(a, STATE), rawget(b, STATE)
			return one ~= nil and other ~= nil and refresh(one).pointer == refresh(other).pointer
		end,
		__metatable = false,
	}
	return kind
end

--- The view of a whole edition.
---@param kind view.kind
---@param lease lease
---@return table
function M.box(kind, lease)
	local state = { root = { lease = lease, kind = kind }, key = "", children = {} }
	open(state, lease, lease.pointer, lease.size)
	return view(state)
end

--- Gives a root view a newer edition, which it takes at its next access.
---@param object table
---@param lease lease
function M.update(object, lease)
	rawget(object, STATE).root.pending = lease
end

--- The newest edition a root view knows of.
---@param object table
---@return integer
function M.version(object)
	local root = rawget(object, STATE).root
	return (root.pending or root.lease).version
end

--- Takes a pending edition now, and forgets what has been unpacked of inner tables.
---@param object table
function M.flush(object)
	refresh(rawget(object, STATE)).children = {}
end

--- Plain tables with the content of an edition, or of the table (or the value) at a path in it.
---@param lease lease
---@param ... any keys
---@return any
function M.copy(lease, ...)
	local pointer, size = lease.pointer, lease.size
	for depth = 1, select("#", ...) do
		local key = (select(depth, ...))
		local values, sizes = blocks.open(pointer, size)
		if not sizes[key] then
			assert(depth == select("#", ...) or values[key] == nil, "not a table")
			return values[key]
		end
		pointer, size = values[key], sizes[key]
	end
	return blocks.copy(pointer, size)
end

return M
