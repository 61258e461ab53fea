--- BSON to Lua tables. Lengths are checked before they are believed.
local value = require "bson.value"

local code = value.code
local GREATEST_DEPTH = 128

local decoder = {}

local function malformed()
	error("Invalid bson block", 0)
end

local function need(from, count, limit)
	if count < 0 or from + count - 1 > limit then
		malformed()
	end
end

--- Where the zero-terminated string at `from` ends, its zero included.
local function text_end(bytes, from, limit)
	local zero = bytes:find("\0", from, true)
	if not zero or zero > limit then
		malformed()
	end
	return zero
end

local function length_at(bytes, from, limit)
	need(from, 4, limit)
	return (string.unpack("<i4", bytes, from))
end

--- How many bytes a value of each kind has at a place.
local measure = {}

local function fixed(count)
	return function()
		return count
	end
end

local function measure_text(bytes, from, limit)
	local length = length_at(bytes, from, limit)
	if length < 1 then
		malformed()
	end
	return 4 + length
end

local function measure_document(bytes, from, limit)
	local length = length_at(bytes, from, limit)
	if length < 5 then
		malformed()
	end
	return length
end

measure[code.double] = fixed(8)
measure[code.objectid] = fixed(12)
measure[code.boolean] = fixed(1)
measure[code.date] = fixed(8)
measure[code.null] = fixed(0)
measure[code.int32] = fixed(4)
measure[code.timestamp] = fixed(8)
measure[code.int64] = fixed(8)
measure[code.minkey] = fixed(0)
measure[code.maxkey] = fixed(0)
measure[code.string] = measure_text
measure[code.code] = measure_text
measure[code.symbol] = measure_text
measure[code.document] = measure_document
measure[code.array] = measure_document

measure[code.binary] = function(bytes, from, limit)
	local length = length_at(bytes, from, limit)
	if length < 0 then
		malformed()
	end
	return 5 + length
end

measure[code.regex] = function(bytes, from, limit)
	local pattern_end = text_end(bytes, from, limit)
	return text_end(bytes, pattern_end + 1, limit) - from + 1
end

--- Walks the elements of a document: key, kind, place and length of the value.
---@param bytes string
---@param from integer
---@param length integer
---@return fun(): string?, integer?, integer?, integer?
function decoder.elements(bytes, from, length)
	need(from, 5, #bytes)
	if string.unpack("<i4", bytes, from) ~= length then
		malformed()
	end
	need(from, length, #bytes)
	local place, last = from + 4, from + length - 1
	return function()
		if place >= last then
			if place > last or bytes:byte(last) ~= 0 then
				malformed()
			end
			return nil
		end
		local kind = bytes:byte(place)
		local key_end = text_end(bytes, place + 1, last)
		local key = bytes:sub(place + 1, key_end - 1)
		local measured = measure[kind] or error(("Invalid bson type : %d"):format(kind), 0)
		local count = measured(bytes, key_end + 1, last)
		need(key_end + 1, count, last - 1)
		place = key_end + 1 + count
		return key, kind, key_end + 1, count
	end
end

local decode_document

local read = {}

read[code.double] = function(bytes, from)
	return (string.unpack("<d", bytes, from))
end

read[code.int32] = function(bytes, from)
	return (string.unpack("<i4", bytes, from))
end

read[code.int64] = function(bytes, from)
	return (string.unpack("<i8", bytes, from))
end

read[code.boolean] = function(bytes, from)
	return bytes:byte(from) ~= 0
end

local function read_text(bytes, from, count)
	if bytes:byte(from + count - 1) ~= 0 then
		malformed()
	end
	return bytes:sub(from + 4, from + count - 2)
end

read[code.string] = read_text
read[code.code] = read_text
read[code.symbol] = read_text

read[code.binary] = function(bytes, from, count)
	return value.make(code.binary, bytes:sub(from + 4, from + count - 1))
end

for _, name in ipairs { "objectid", "date", "null", "regex", "timestamp", "minkey", "maxkey" } do
	local kind = code[name]
	read[kind] = function(bytes, from, count)
		return value.make(kind, bytes:sub(from, from + count - 1))
	end
end

local function key_of_list(key)
	return (math.tointeger(tonumber(key)) or malformed()) + 1
end

local function key_of_fields(key)
	return key
end

read[code.document] = function(bytes, from, count, depth)
	return decode_document(bytes, from, count, depth + 1, key_of_fields)
end

read[code.array] = function(bytes, from, count, depth)
	return decode_document(bytes, from, count, depth + 1, key_of_list)
end

function decode_document(bytes, from, length, depth, key_of)
	if depth > GREATEST_DEPTH then
		error("Too depth while decoding bson", 0)
	end
	local fields = {}
	for key, kind, place, count in decoder.elements(bytes, from, length) do
		fields[key_of(key)] = read[kind](bytes, place, count, depth)
	end
	return fields
end

--- The length a document announces.
---@param bytes string
---@return integer
function decoder.length(bytes)
	return measure_document(bytes, 1, #bytes)
end

---@param bytes string a document
---@return table
function decoder.decode(bytes)
	return decode_document(bytes, 1, decoder.length(bytes), 1, key_of_fields)
end

return decoder
