--- Lua tables to BSON.
local bytes_of = require "bson.core".bytes
local value = require "bson.value"

local code = value.code
local GREATEST_DEPTH = 128

---@class bson.encoder
local encoder = {}

local encode_table

local write = {}

function write.boolean(any)
	return code.boolean, any and "\1" or "\0"
end

function write.number(any)
	if math.type(any) == "float" then
		return code.double, string.pack("<d", any)
	elseif any >= -0x80000000 and any <= 0x7fffffff then
		return code.int32, string.pack("<i4", any)
	end
	return code.int64, string.pack("<i8", any)
end

function write.string(any)
	local kind, bytes = value.split(any)
	if not kind then
		return code.string, string.pack("<s4", any .. "\0")
	elseif kind == code.binary then
		return kind, string.pack("<I4", #bytes - 1) .. bytes
	end
	return kind, bytes
end

function write.table(any, depth)
	return encode_table(any, depth + 1)
end

--- A document that is encoded already, or the address of one.
function write.userdata(any)
	return code.document, bytes_of(any)
end

local function element(key, any, depth)
	local writer = write[type(any)] or error("Invalid value type : " .. type(any), 0)
	local kind, bytes = writer(any, depth)
	return string.pack("Bz", kind, key) .. bytes
end

local key_text = {}

function key_text.string(key)
	if key:find("\0", 1, true) then
		error("key must not contain a zero byte", 0)
	end
	return key
end

function key_text.number(key)
	return math.type(key) == "integer" and tostring(key) or error("Invalid key type : float", 0)
end

local function text_of(key)
	local convert = key_text[type(key)] or error("Invalid key type : " .. type(key), 0)
	return convert(key)
end

local function framed(elements)
	local body = table.concat(elements)
	return string.pack("<I4", #body + 5) .. body .. "\0"
end

--- Whether a table is a list: it has a length, and nothing but its elements unless a metamethod tells the length.
local function length_of_list(any)
	local length = #any
	if length == 0 then
		return nil
	end
	local meta = getmetatable(any)
	if type(meta) == "table" and meta.__len then
		return length
	end
	return next(any, length) == nil and length or nil
end

local function encode_list(list, length, depth)
	local elements = {}
	for index = 1, length do
		local any = list[index]
		if any == nil then
			any = value.null
		end
		elements[index] = element(tostring(index - 1), any, depth)
	end
	return code.array, framed(elements)
end

local function encode_fields(fields, depth)
	local elements = {}
	for key, any in pairs(fields) do
		table.insert(elements, element(text_of(key), any, depth))
	end
	return code.document, framed(elements)
end

function encode_table(any, depth)
	if depth > GREATEST_DEPTH then
		error("Too depth while encoding bson", 0)
	end
	local length = length_of_list(any)
	if length then
		return encode_list(any, length, depth)
	end
	return encode_fields(any, depth)
end

--- A document of a table's fields; a list's keys are its indexes.
---@param fields table
---@return string
function encoder.encode(fields)
	local _, bytes = encode_fields(fields, 1)
	return bytes
end

--- A document of keys and values in the order given.
---@param ... any key, value, key, value
---@return string
function encoder.encode_order(...)
	local arguments = table.pack(...)
	if arguments.n % 2 ~= 0 then
		error("Invalid ordered dict", 0)
	end
	local elements = {}
	for place = 1, arguments.n, 2 do
		local any = arguments[place + 1]
		if any ~= nil then
			table.insert(elements, element(text_of(arguments[place]), any, 1))
		end
	end
	return framed(elements)
end

--- One value's code and bytes.
---@param any any
---@return integer kind, string bytes
function encoder.value(any)
	local writer = write[type(any)] or error("Invalid value type : " .. type(any), 0)
	return writer(any, 1)
end

return encoder
