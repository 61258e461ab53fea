-- Configuration data of many services, held once per process by `sharedatad`. A service asks by name and gets a
-- read-only object that follows updates by itself.

local skynet = require "skynet"
local corelib = require "skynet.sharedata.corelib"

local M = {}

---@type integer? found at the first use: a `preload` script requires this before there are services
local daemon
--- Objects by name, as long as somebody uses them.
---@type table<string, table>
local objects = setmetatable({}, { __mode = "v" })

local function ask(...)
	daemon = daemon or skynet.uniqueservice "sharedatad"
	return skynet.call(daemon, "lua", ...)
end

--- The daemon counted a reader of the document until that had a box of its own.
local function confirm(document)
	skynet.send(daemon, "lua", "confirm", document)
end

--- Brings an object, which may be collected meanwhile, from document to document.
local function follow(name, document, weak)
	while true do
		document = ask("monitor", name, document)
		local object = weak.object
		if document and object then
			corelib.update(object, document)
		end
		if document then
			confirm(document)
		elseif objects[name] == object then
			objects[name] = nil
		end
		if not (document and object) then
			return
		end
	end
end

--- The object of a name; equal for all who ask in this service. Raises when there is no such name.
---@param name string
---@return table
function M.query(name)
	if objects[name] then
		return objects[name]
	end
	local document = ask("query", name)
	local object = corelib.box(document)
	confirm(document)
	-- Somebody else in this service may have asked while this coroutine waited.
	if objects[name] then
		return objects[name]
	end
	objects[name] = object
	skynet.fork(follow, name, document, setmetatable({ object = object }, { __mode = "v" }))
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

--- Lets go of what this service remembers of its objects and does not use.
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
	local document = ask("query", name)
	local ok, result = pcall(corelib.copy, document, ...)
	confirm(document)
	if not ok then
		error(result, 0)
	end
	return result
end

return M
