--- The kinds of value that BSON has and Lua has not: strings of a NUL, the kind's code, and the value's bytes.
---
--- They compare, serve as keys and travel between services like any string.
local value = {}

--- The codes of element types on the wire.
value.code = {
	double = 0x01,
	string = 0x02,
	document = 0x03,
	array = 0x04,
	binary = 0x05,
	objectid = 0x07,
	boolean = 0x08,
	date = 0x09,
	null = 0x0A,
	regex = 0x0B,
	code = 0x0D,
	symbol = 0x0E,
	int32 = 0x10,
	timestamp = 0x11,
	int64 = 0x12,
	minkey = 0xFF,
	maxkey = 0x7F,
}

local code = value.code
local names = {}
for _, name in ipairs { "binary", "objectid", "date", "null", "regex", "timestamp", "int64", "minkey", "maxkey" } do
	names[code[name]] = name
end

---@param kind integer a code
---@param bytes string
---@return string
function value.make(kind, bytes)
	return string.char(0, kind) .. bytes
end

value.null = value.make(code.null, "")
value.minkey = value.make(code.minkey, "")
value.maxkey = value.make(code.maxkey, "")

--- How many bytes each kind has behind its code; the others have any number.
local sizes = { objectid = 12, date = 8, timestamp = 8, int64 = 8, null = 0, minkey = 0, maxkey = 0 }

--- The code and the bytes of a special value, or nothing for a plain string.
---@param text string
---@return integer? kind, string? bytes
function value.split(text)
	local zero, kind = text:byte(1, 2)
	local name = zero == 0 and names[kind]
	if not name or (sizes[name] and sizes[name] ~= #text - 2) then
		return nil
	end
	if name == "binary" and #text < 3 or name == "regex" and not text:find("^[^\0]*\0[^\0]*\0$", 3) then
		return nil
	end
	return kind, text:sub(3)
end

---@param data string
---@param subtype? integer 0 unless given
---@return string
function value.binary(data, subtype)
	return value.make(code.binary, string.char(subtype or 0) .. data)
end

---@param seconds number since 1970
---@return string
function value.date(seconds)
	return value.make(code.date, string.pack("<i8", math.floor(seconds * 1000 + 0.5)))
end

---@param seconds integer since 1970
---@param increment? integer 0 unless given
---@return string
function value.timestamp(seconds, increment)
	return value.make(code.timestamp, string.pack("<I4I4", increment or 0, seconds))
end

---@param pattern string
---@param options? string
---@return string
function value.regex(pattern, options)
	return value.make(code.regex, string.pack("zz", pattern, options or ""))
end

--- An integer that is encoded in eight bytes even where four would do.
---@param integer integer
---@return string
function value.int64(integer)
	return value.make(code.int64, string.pack("<i8", integer))
end

--- What tells this state's identifiers from those of others: five random bytes, and a counter that starts anywhere.
local origin, counter
local function seed()
	local file = io.open("/dev/urandom", "rb")
	local bytes = file and file:read(8)
	if file then
		file:close()
	end
	if not bytes or #bytes < 8 then
		bytes = string.pack("<I4I4", math.random(0, 0xffffffff), math.random(0, 0xffffffff))
	end
	return bytes:sub(1, 5), (string.unpack(">I3", bytes, 6))
end

local function new_objectid()
	if not origin then
		origin, counter = seed()
	end
	counter = (counter + 1) & 0xffffff
	return string.pack(">I4", os.time() & 0xffffffff) .. origin .. string.pack(">I3", counter)
end

local function hexadecimal(bytes)
	return (bytes:gsub(".", function(byte)
		return ("%02x"):format(byte:byte())
	end))
end

--- A new identifier, or the one with these 24 hexadecimal digits.
---@param digits? string
---@return string
function value.objectid(digits)
	if digits == nil then
		return value.make(code.objectid, new_objectid())
	end
	if #digits ~= 24 or digits:find "%X" then
		error("Invalid object id " .. digits, 2)
	end
	local bytes = digits:gsub("%x%x", function(pair)
		return string.char(tonumber(pair, 16))
	end)
	return value.make(code.objectid, bytes)
end

--- What the special values mean.
local read = {}

function read.binary(bytes)
	return bytes:sub(2), bytes:byte(1)
end

function read.objectid(bytes)
	return hexadecimal(bytes)
end

function read.date(bytes)
	return string.unpack("<i8", bytes) / 1000
end

function read.timestamp(bytes)
	local increment, seconds = string.unpack("<I4I4", bytes)
	return seconds, increment
end

function read.regex(bytes)
	local pattern, options = string.unpack("zz", bytes)
	return pattern, options
end

function read.int64(bytes)
	return (string.unpack("<i8", bytes))
end

--- The name of a value's type, and what it means.
---@param any any
---@return string name, any ...
function value.type(any)
	if type(any) ~= "string" then
		return type(any), any
	end
	local kind, bytes = value.split(any)
	if not kind then
		return "string", any
	end
	local name = names[kind]
	if read[name] then
		return name, read[name](bytes)
	end
	return name
end

return value
