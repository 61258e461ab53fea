-- Turns a table into the text form of a datasheet: checked, numbers narrowed, ready to be sent or stored.

local skynet = require "skynet"

local M = {}

local INT32_MIN <const>, INT32_MAX <const> = -0x80000000, 0x7fffffff

--- Marks text made here, so that any other string is refused with a word about why.
local MAGIC <const> = "datasheet\0"

local narrow = {}

function narrow.boolean(value)
	return value
end

function narrow.number(value)
	if math.type(value) == "integer" then
		assert(value >= INT32_MIN and value <= INT32_MAX, "datasheet integers have 32 bits")
		return value
	end
	return (string.unpack("<f", string.pack("<f", value)))
end

function narrow.string(value)
	assert(not value:find("\0", 1, true), "datasheet strings can't contain NUL")
	return value
end

local function check_key(key, length)
	if type(key) == "string" then
		return narrow.string(key)
	end
	local index = math.type(key) == "integer" and key >= 1 and key <= length
	assert(index, "datasheet keys are strings and array indices, not " .. tostring(key))
end

function narrow.table(value)
	local narrowed = {}
	for key, item in pairs(value) do
		check_key(key, #value)
		local narrow_item = narrow[type(item)] or error("datasheets can't hold a " .. type(item))
		narrowed[key] = narrow_item(item)
	end
	return narrowed
end

--- The text form of a table; raises when something in it can't be in a datasheet.
---@param value table
---@return string
function M.compile(value)
	assert(type(value) == "table", "a datasheet is a table")
	return MAGIC .. skynet.packstring(narrow.table(value))
end

--- The table of a text form.
---@param text string
---@return table
function M.parse(text)
	assert(text:sub(1, #MAGIC) == MAGIC, "not a compiled datasheet")
	return skynet.unpack(text:sub(#MAGIC + 1))
end

return M
