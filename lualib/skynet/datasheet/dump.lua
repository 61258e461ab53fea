-- The compiled form of a datasheet, which `skynet.datasheet.core` reads: tables by number, 4 bytes a value.

local M = {}

local INT32_MIN <const>, INT32_MAX <const> = -0x80000000, 0x7fffffff
--- The offset of a table whose number is not in use.
local GONE <const> = 0xffffffff

local NIL <const>, INTEGER <const>, FLOAT <const>, BOOLEAN <const>, TABLE <const>, STRING <const> = 0, 1, 2, 3, 4, 5

local pack, unpack = string.pack, string.unpack

---@class datasheet.writer
---@field numbers table<table, integer> numbers from 0, some of them given beforehand
---@field free integer the next number to give
---@field blobs table<integer, string|true> compiled tables by number; true: being compiled
---@field strings string[]
---@field offsets table<string, integer>
---@field size integer of the strings

---@param w datasheet.writer
local function offset_of(w, text)
	local offset = w.offsets[text]
	if not offset then
		assert(not text:find("\0", 1, true), "datasheet strings can't contain NUL")
		offset = w.size
		w.offsets[text] = offset
		w.strings[#w.strings + 1] = text .. "\0"
		w.size = offset + #text + 1
	end
	return offset
end

local write_table

--- By type: the type's number and the four bytes of a value.
local write = {}

write["nil"] = function()
	return NIL, "\0\0\0\0"
end

function write.boolean(_, value)
	return BOOLEAN, value and "\0\0\0\1" or "\0\0\0\0"
end

function write.number(_, value)
	if math.type(value) == "integer" then
		assert(value >= INT32_MIN and value <= INT32_MAX, "datasheet integers have 32 bits")
		return INTEGER, pack("<i4", value)
	end
	return FLOAT, pack("<f", value)
end

function write.string(w, value)
	return STRING, pack("<I4", offset_of(w, value))
end

function write.table(w, value)
	return TABLE, pack("<I4", write_table(w, value))
end

local function write_value(w, value)
	local f = write[type(value)] or error("datasheets can't hold a " .. type(value))
	return f(w, value)
end

local function check_key(key, length)
	local is_index = math.type(key) == "integer" and key >= 1 and key <= length
	if type(key) ~= "string" and not is_index then
		error("datasheet keys are strings and array indices, not " .. tostring(key))
	end
	return not is_index
end

local function number_of(w, t)
	local number = w.numbers[t]
	if not number then
		number = w.free
		w.numbers[t], w.free = number, number + 1
	end
	return number
end

--- Compiles a table, unless that is done, and answers its number.
---@param w datasheet.writer
function write_table(w, t)
	local number = number_of(w, t)
	if w.blobs[number] then
		return number
	end
	w.blobs[number] = true
	local types, values, pairs_count, length = {}, {}, 0, #t
	local function add(prefix, value)
		local kind, word = write_value(w, value)
		types[#types + 1] = string.char(kind)
		values[#values + 1] = prefix .. word
	end
	for i = 1, length do
		add("", t[i])
	end
	for key, value in pairs(t) do
		if check_key(key, length) then
			add(pack("<I4", offset_of(w, key)), value)
			pairs_count = pairs_count + 1
		end
	end
	local padding = ("\0"):rep(-#types % 4)
	w.blobs[number] = pack("<I4I4", length, pairs_count) .. table.concat(types) .. padding .. table.concat(values)
	return number
end

--- Compiles a tree whose tables may have numbers already.
local function compile(root, numbers, free)
	---@type datasheet.writer
	local w = { numbers = numbers, free = free, blobs = {}, strings = {}, offsets = {}, size = 0 }
	write_table(w, root)
	local index, blobs, offset = {}, {}, 0
	for number = 0, w.free - 1 do
		local blob = w.blobs[number]
		index[#index + 1] = pack("<I4", blob and offset or GONE)
		blobs[#blobs + 1] = blob
		offset = offset + (blob and #blob or 0)
	end
	local header = pack("<I4I4", 8 + 4 * w.free + offset, w.free)
	return header .. table.concat(index) .. table.concat(blobs) .. table.concat(w.strings)
end

--- The compiled form of a table. Raises when something in it can't be in a datasheet.
---@param t table
---@return string
function M.dump(t)
	assert(type(t) == "table", "a datasheet is a table")
	return compile(t, {}, 0)
end

---@class datasheet.reader
---@field text string
---@field strings integer
---@field count integer
---@field tables table<integer, table> by number

local read_table

---@param r datasheet.reader
local function read_string(r, position)
	return (unpack("z", r.text, r.strings + unpack("<I4", r.text, position) + 1))
end

local read = {
	[NIL] = function() return nil end,
	[INTEGER] = function(r, position) return (unpack("<i4", r.text, position)) end,
	[FLOAT] = function(r, position) return (unpack("<f", r.text, position)) end,
	[BOOLEAN] = function(r, position) return unpack("<I4", r.text, position) ~= 0 end,
	[TABLE] = function(r, position) return read_table(r, (unpack("<I4", r.text, position))) end,
	[STRING] = read_string,
}

local function read_value(r, kind, position)
	local f = read[kind] or error("Invalid type " .. kind)
	return f(r, position)
end

function read_table(r, number)
	local known = r.tables[number]
	if known then
		return known
	end
	assert(number < r.count, "Invalid table")
	local offset = unpack("<I4", r.text, 9 + 4 * number)
	assert(offset ~= GONE, "Invalid table")
	local t, start = {}, 9 + 4 * r.count + offset
	r.tables[number] = t
	local length, pairs_count = unpack("<I4I4", r.text, start)
	local types = start + 8
	local position = types + (length + pairs_count + 3) // 4 * 4
	for i = 1, length do
		t[i] = read_value(r, r.text:byte(types + i - 1), position)
		position = position + 4
	end
	for i = length + 1, length + pairs_count do
		t[read_string(r, position)] = read_value(r, r.text:byte(types + i - 1), position + 4)
		position = position + 8
	end
	return t
end

--- Reads a compiled datasheet; answers the tables by number, and how many numbers it has.
local function parse(text)
	assert(type(text) == "string" and #text >= 8, "not a compiled datasheet")
	local strings, count = unpack("<I4I4", text)
	assert(strings <= #text and 8 + 4 * count <= strings, "not a compiled datasheet")
	---@type datasheet.reader
	local r = { text = text, strings = strings, count = count, tables = {} }
	read_table(r, 0)
	return r.tables, count
end

--- The table of a compiled datasheet. Raises when the text is none.
---@param text string
---@return table
function M.undump(text)
	return parse(text)[0]
end

--- Gives the tables that have a counterpart at the same path the number of that.
local function take_numbers(t, old, numbers, numbers_of_old)
	if numbers[t] then
		return
	end
	numbers[t] = numbers_of_old[old]
	for key, value in pairs(t) do
		if type(value) == "table" and type(old[key]) == "table" then
			take_numbers(value, old[key], numbers, numbers_of_old)
		end
	end
end

--- The compiled form `new` with the numbers of `old`: a table keeps its number where both have a table at its path.
--- A number of `old` that is used no more stays unused.
---@param old string
---@param new string
---@return string
function M.diff(old, new)
	local old_tables, count = parse(old)
	local root, numbers, numbers_of_old, taken = M.undump(new), {}, {}, {}
	for number, t in pairs(old_tables) do
		numbers_of_old[t] = number
	end
	take_numbers(root, old_tables[0], numbers, numbers_of_old)
	for t, number in pairs(numbers) do
		assert(not taken[number])
		taken[number] = t
	end
	return compile(root, numbers, count)
end

return M
