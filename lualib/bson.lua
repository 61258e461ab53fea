--- BSON: documents of fields as bytes, the way databases and some clients speak.
local core = require "bson.core"
local value = require "bson.value"
local encoder = require "bson.encoder"
local decoder = require "bson.decoder"

---@class bson.Document: userdata  an encoded document; fields of fixed size can be replaced after `makeindex`
local document = {}
local document_meta = core.metatable

--- Where the fields are, for those that may be replaced. Kept out of the documents, whose fields are the message's.
local index_of = setmetatable({}, { __mode = "k" })

--- The bytes of what has a method called: an address, which `bson.decode` believes, has none.
local function bytes_of(self)
	if getmetatable(self) ~= document_meta then
		error("bson document expected, got " .. type(self), 3)
	end
	return core.bytes(self)
end

--- The document as a table.
---@return table
function document:decode()
	return decoder.decode(bytes_of(self))
end

--- Notes where the fields are, so that they can be replaced by assignment.
---@return bson.Document self
function document:makeindex()
	local bytes, index = bytes_of(self), {}
	for key, kind, place, count in decoder.elements(bytes, 1, #bytes) do
		index[key] = { kind = kind, place = place, count = count }
	end
	index_of[self] = index
	return self
end

--- A number in the kind the field has.
local numbers = {
	[value.code.double] = function(number)
		return string.pack("<d", number)
	end,
	[value.code.int32] = function(number)
		return string.pack("<i4", number)
	end,
	[value.code.int64] = function(number)
		return string.pack("<i8", number)
	end,
}

local function replacement(field, key, any)
	if type(any) == "number" and numbers[field.kind] then
		return numbers[field.kind](any)
	end
	local kind, bytes = encoder.value(any)
	if kind ~= field.kind or #bytes ~= field.count then
		error(("Can't replace field %s by a value of another type or size"):format(key), 3)
	end
	return bytes
end

document_meta.__index = document

function document_meta:__newindex(key, any)
	local index = index_of[self] or error("Make an index before replacing fields", 2)
	local field = index[key] or error(("Can't add the new field %s"):format(key), 2)
	core.replace(self, field.place, replacement(field, key, any))
end

--- The document's bytes.
function document_meta:__tostring()
	return bytes_of(self)
end

--- The number of the document's bytes.
function document_meta:__len()
	return #bytes_of(self)
end

local bson = {
	null = value.null,
	minkey = value.minkey,
	maxkey = value.maxkey,
	date = value.date,
	timestamp = value.timestamp,
	binary = value.binary,
	regex = value.regex,
	objectid = value.objectid,
	int64 = value.int64,
	type = value.type,
}

---@param fields table
---@return bson.Document
function bson.encode(fields)
	return core.new(encoder.encode(fields))
end

---@param ... any key, value, key, value in the order of the document
---@return bson.Document
function bson.encode_order(...)
	return core.new(encoder.encode_order(...))
end

---@param encoded bson.Document|lightuserdata|string  an address, too: what skynet.mongo.driver answers
---@return table
function bson.decode(encoded)
	return decoder.decode(type(encoded) == "userdata" and core.bytes(encoded) or encoded)
end

--- A document from bytes that came from elsewhere.
---@param bytes string
---@return bson.Document
function bson.load(bytes)
	return core.new(bytes:sub(1, decoder.length(bytes)))
end

--- The address of a document, for C modules; valid as long as the document is held.
---@type fun(encoded: bson.Document): lightuserdata
bson.to_lightuserdata = core.light

return bson
