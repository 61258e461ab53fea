-- One service writes an object described by a sproto schema; any number of services read its last committed state.

local skynet_stm = require "skynet.stm"
local sprotoloader = require "sprotoloader"

local M = {}

--- The schema slot, shared by the whole process, that `register` fills.
local SLOT <const> = 0

---@type table? the schema, once this service has used it
local schema

local function schema_of_process()
	schema = schema or sprotoloader.load(SLOT)
	return schema
end

--- Loads the schema file for all services of the process.
---@param protofile string
function M.register(protofile)
	sprotoloader.register(protofile, SLOT)
end

--- Makes an object writable by this service.
---@param typename string a type of the schema
---@param object? table its first content; becomes the object
---@return table object its fields, `:commit()` and `:copy()`, which gives what a reader in another service needs
function M.writer(typename, object)
	object = object or {}
	local sproto = schema_of_process()
	local cell = skynet_stm.new(sproto:encode(typename, object))
	local methods = {}
	--- Lets the readers see the object as it is now.
	function methods.commit(self)
		cell(sproto:encode(typename, self))
	end
	--- A light userdata to be given to exactly one `reader`.
	function methods.copy()
		return skynet_stm.copy(cell)
	end
	return setmetatable(object, { __index = methods })
end

--- Reads an object that another service writes.
---@param typename string
---@param copy lightuserdata from the writer's `:copy()`
---@return table object its fields, read-only, and `:update()`, which takes the last commit and says whether there was one
function M.reader(typename, copy)
	local sproto = schema_of_process()
	local cell = skynet_stm.newcopy(copy)
	local fields = {}
	local function decode(pointer, size)
		return (sproto:decode(typename, pointer, size))
	end
	local methods = {}
	function methods.update()
		local changed, content = cell(decode)
		if changed then
			fields = content
		end
		return changed
	end
	methods.update()
	return setmetatable({}, {
		__index = function(_, key)
			local value = fields[key]
			if value == nil then
				return methods[key]
			end
			return value
		end,
		__newindex = function(_, key) error("a sharemap reader can't write field " .. tostring(key), 2) end,
		__pairs = function() return next, fields, nil end,
	})
end

return M
