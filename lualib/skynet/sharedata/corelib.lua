-- Read-only views of shared documents, over the native `skynet.sharedata.core`. A view is an empty proxy: what it
-- shows is read from the document when it is asked, and it follows its data to a newer document by its path.

local core = require "skynet.sharedata.core"

local index, nextkey, isdirty, needupdate, read = core.index, core.nextkey, core.isdirty, core.needupdate, core.read

local M = {}

--- What the service that keeps the documents uses.
M.host = {
	new = core.new,
	delete = core.delete,
	getref = core.getref,
	incref = core.incref,
	decref = core.decref,
	markdirty = core.markdirty,
}

---@class view.root
---@field document lightuserdata the document being read: its root table
---@field box userdata keeps the document

---@class view.state
---@field root view.root
---@field parent view.state?
---@field key string|integer
---@field object lightuserdata the table in the document
---@field document lightuserdata the document `object` belongs to
---@field children table<string|integer, table> views by key

---@type table<table, view.state>
local states = setmetatable({}, { __mode = "k" })

local meta = {}

local function path_of(state)
	return state.parent and path_of(state.parent) .. "." .. tostring(state.key) or ""
end

--- Takes the newest document that has arrived.
local function renew(root)
	while isdirty(root.document) do
		local document, holder = needupdate(root.box)
		if not document then
			return
		end
		root.document, root.box = document, holder.box
	end
end

--- Finds the table's place in the document its root reads now.
local function locate(state)
	local root = state.root
	if state.document ~= root.document then
		local object = root.document
		if state.parent then
			object = index(locate(state.parent), state.key)
			if type(object) ~= "userdata" then
				error(("The key [%s] doesn't exist after update"):format(path_of(state)), 0)
			end
		end
		state.object, state.document = object, root.document
	end
	return state.object
end

local function current(state)
	local document = state.root.document
	if isdirty(document) or state.document ~= document then
		renew(state.root)
		return locate(state)
	end
	return state.object
end

local function view(state)
	local proxy = setmetatable({}, meta)
	states[proxy] = state
	return proxy
end

local function child(state, key, object, document)
	local known = state.children[key]
	if not known then
		known = view {
			root = state.root, parent = state, key = key, object = object, document = document, children = {},
		}
		state.children[key] = known
	end
	return known
end

function meta.__index(self, key)
	local state = states[self]
	local dirty, value = true, nil
	-- Of a document that the root has left nothing may be read: it may be gone.
	if state.document == state.root.document then
		dirty, value = read(state.object, key)
	end
	if dirty then
		value = index(current(state), key)
	end
	if type(value) == "userdata" then
		return child(state, key, value, state.document)
	end
	return value
end

function meta.__newindex(self)
	error(("Error newindex, the key [%s]"):format(path_of(states[self])), 2)
end

function meta.__len(self)
	return core.len(current(states[self]))
end

local function step(walk, key)
	local next_key = nextkey(walk.object, key)
	if next_key == nil then
		return nil
	end
	local value = index(walk.object, next_key)
	if type(value) == "userdata" then
		value = child(walk.state, next_key, value, walk.document)
	end
	return next_key, value
end

--- Goes through the document that is current when the loop begins, and keeps it, even if a newer one arrives meanwhile.
function meta.__pairs(self)
	local state = states[self]
	local object = current(state)
	return step, { state = state, object = object, document = state.document, box = state.root.box }, nil
end

--- The view of a whole document.
---@param document lightuserdata
---@return table
function M.box(document)
	local root = { document = document, box = core.box(document) }
	return view { root = root, key = "", object = document, document = document, children = {} }
end

--- Gives a root view a newer document, which it takes at its next access.
---@param object table
---@param document lightuserdata
function M.update(object, document)
	local root = states[object].root
	renew(root)
	assert(isdirty(root.document), "Only dirty object can be update")
	core.update(root.box, document, { box = core.box(document) })
end

--- Takes a newer document now, and forgets the views of inner tables.
---@param object table
function M.flush(object)
	local state = states[object]
	current(state)
	state.children = {}
end

local function copy(object)
	local plain = {}
	local key = nextkey(object)
	while key ~= nil do
		local value = index(object, key)
		plain[key] = type(value) == "userdata" and copy(value) or value
		key = nextkey(object, key)
	end
	return plain
end

--- Plain tables with the content of a document, which the caller keeps from being deleted, or of the table (or the
--- value) at a path in it.
---@param document lightuserdata
---@param ... any keys
---@return any
function M.copy(document, ...)
	local value = document
	for _, key in ipairs { ... } do
		if type(value) ~= "userdata" then
			assert(value == nil, "not a table")
			return nil
		end
		value = index(value, key)
	end
	if type(value) == "userdata" then
		return copy(value)
	end
	return value
end

return M
