--- Writes compiled schemas in their binary form, which is a sproto message itself.

---@class sprotobundle.Field
---@field name string
---@field tag integer
---@field builtin? integer 0 integer, 1 boolean, 2 string, 3 double
---@field type? integer place of the structure; decimal digits of an integer; 1 for a binary
---@field array? boolean
---@field key? integer tag of the field that indexes an array
---@field map? boolean

---@class sprotobundle.Type
---@field name string
---@field fields sprotobundle.Field[]

---@class sprotobundle.Protocol
---@field name string
---@field tag integer
---@field request? integer place of a type
---@field response? integer
---@field confirm? boolean

--- A structure from the values of its fields, the first of which has tag 0. Small numbers go inline, strings as data,
--- and absent values make gaps.
local function struct(count, values)
	local words, data, gap = {}, {}, 0
	for tag = 1, count do
		local value = values[tag]
		if value == nil then
			gap = gap + 1
		else
			if gap > 0 then
				table.insert(words, string.pack("<I2", 2 * gap - 1))
				gap = 0
			end
			local inline = type(value) == "number"
			table.insert(words, string.pack("<I2", inline and 2 * (value + 1) or 0))
			if not inline then
				table.insert(data, string.pack("<s4", value))
			end
		end
	end
	return string.pack("<I2", #words) .. table.concat(words) .. table.concat(data)
end

--- The data of an array of structures; none at all for an empty one.
local function list(elements, write)
	if #elements == 0 then
		return nil
	end
	local items = {}
	for place, element in ipairs(elements) do
		items[place] = string.pack("<s4", write(element))
	end
	return table.concat(items)
end

local function flag(value)
	return value and 1 or nil
end

local function write_field(field)
	return struct(7, { field.name, field.builtin, field.type, field.tag, flag(field.array), field.key, flag(field.map) })
end

local function write_type(type)
	return struct(2, { type.name, list(type.fields, write_field) })
end

local function write_protocol(protocol)
	return struct(5, { protocol.name, protocol.tag, protocol.request, protocol.response, flag(protocol.confirm) })
end

local bundle = {}

---@param types sprotobundle.Type[]
---@param protocols sprotobundle.Protocol[]
---@return string
function bundle.write(types, protocols)
	return struct(2, { list(types, write_type), list(protocols, write_protocol) })
end

return bundle
