-- Configuration data of many services, held once per process by `sharedatad`. A service asks by name and gets a
-- read-only object that follows updates by itself; it unpacks only the tables it looks at.

local skynet = require "skynet"
local corelib = require "skynet.sharedata.corelib"
local take_lease = require "skynet.sharedata.lease"

local M = {}

---@type integer
local daemon
--- Objects by name, as long as somebody uses them.
---@type table<string, table>
local objects = setmetatable({}, { __mode = "v" })

local kind = corelib.kind {
	write_error = function(path) return string.format("Error newindex, the key [%s]", path) end,
	check_key = function(key)
		if type(key) == "number" and not math.tointeger(key) then
			error("Invalid key " .. tostring(key), 3)
		end
	end,
}

local function ask(...)
	return skynet.call(daemon, "lua", ...)
end

--- Waits for the next edition of an object that may be collected meanwhile; nil when there is none to come.
---@param weak table
---@return lease?
local function next_edition(name, weak)
	local version = weak.object and corelib.version(weak.object)
	if version then
		return take_lease(daemon, name, ask("monitor", name, version))
	end
end

local function follow(name, weak)
	while true do
		local lease = next_edition(name, weak)
		local object = weak.object
		if not (lease and object) then
			if objects[name] == object then
				objects[name] = nil
			end
			return
		end
		corelib.update(object, lease)
	end
end

--- The object of a name; equal for all who ask in this service. Raises when there is no such name.
---@param name string
---@return table
function M.query(name)
	if objects[name] then
		return objects[name]
	end
	local lease = assert(take_lease(daemon, name, ask("query", name)))
	-- Somebody else in this service may have asked while this coroutine waited.
	local object = objects[name]
	if not object then
		object = corelib.box(kind, lease)
		objects[name] = object
		skynet.fork(follow, name, setmetatable({ object = object }, { __mode = "v" }))
	end
	return object
end

--- Makes data known under a name. Raises when the name exists.
---@param name string
---@param value? table|string a table, Lua code, or "@file"
---@param ... any arguments for the code
function M.new(name, value, ...)
	ask("new", name, value, ...)
end

--- Replaces the data of a name; readers see it soon after.
---@param name string
---@param value? table|string
---@param ... any arguments for the code
function M.update(name, value, ...)
	ask("update", name, value, ...)
end

--- Takes a name away; objects in use stay as they are.
---@param name string
function M.delete(name)
	ask("delete", name)
end

--- Lets go of everything this service has unpacked and does not use.
function M.flush()
	for _, object in pairs(objects) do
		corelib.flush(object)
	end
	collectgarbage()
end

--- A copy in plain tables of the data, or of what is found in it at a path of keys.
---@param name string
---@param ... any keys
---@return any
function M.deepcopy(name, ...)
	local lease = assert(take_lease(daemon, name, ask("query", name)))
	return corelib.copy(lease, ...)
end

skynet.init(function()
	daemon = skynet.uniqueservice "sharedatad"
end)

return M
