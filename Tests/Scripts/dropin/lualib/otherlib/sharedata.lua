-- Plays the part of another library's client of `sharedatad`, on the native core alone: an eager proxy tree that is
-- re-pointed as a whole.
local skynet = require "skynet"
local core = require "skynet.sharedata.core"

local M = { loops = 0 }
local meta, fields = {}, setmetatable({}, { __mode = "k" })

local function point(f, object, box)
	f.object = object
	for key, child in pairs(f.children) do
		local inner = core.index(object, key)
		point(fields[child], type(inner) == "userdata" and inner or nil, nil)
	end
	f.box = box
end

local function object_of(proxy)
	local f = fields[proxy]
	local root = f.root
	if core.isdirty(root.object) then
		local object, holder = core.needupdate(root.box)
		if object then
			point(root, object, holder.__gcobj)
		end
	end
	return f.object or error "gone after an update"
end

local function new_proxy(object, root)
	local f = { object = object, children = {} }
	f.root = root or f
	local proxy = setmetatable({}, meta)
	fields[proxy] = f
	return proxy
end

function meta.__index(self, key)
	local value = core.index(object_of(self), key)
	if type(value) == "userdata" then
		local f = fields[self]
		f.children[key] = f.children[key] or new_proxy(value, f.root)
		return f.children[key]
	end
	return value
end

function meta.__len(self) return core.len(object_of(self)) end

local function daemon()
	return skynet.uniqueservice "sharedatad"
end

local function follow(name, proxy, object)
	while true do
		local new = skynet.call(daemon(), "lua", "monitor", name, object)
		if new == nil then
			M.ended = name
			return
		end
		local root = fields[proxy]
		assert(core.isdirty(root.object), "the flag is set before the reply")
		core.update(root.box, new, { __gcobj = core.box(new) })
		skynet.send(daemon(), "lua", "confirm", new)
		object, M.loops = new, M.loops + 1
	end
end

function M.query(name)
	local object = skynet.call(daemon(), "lua", "query", name)
	local proxy = new_proxy(object)
	fields[proxy].box = core.box(object)
	skynet.send(daemon(), "lua", "confirm", object)
	skynet.fork(follow, name, proxy, object)
	return proxy
end

return M
