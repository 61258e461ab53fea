-- Whether bytes that come in pieces are UTF-8 (RFC 3629). The standard library looks at whole pieces; what is kept
-- between two of them is at most the beginning of one character.

local text = {}

local NARROW = {
	-- The first byte of a character -> what the second may be, where that is less than 0x80 to 0xbf: the others would be
	-- longer than needed, surrogates, or beyond U+10FFFF.
	[0xe0] = { 0xa0, 0xbf },
	[0xed] = { 0x80, 0x9f },
	[0xf0] = { 0x90, 0xbf },
	[0xf4] = { 0x80, 0x8f },
}
local ANY = { 0x80, 0xbf }

local function is_within(byte, range)
	return range[1] <= byte and byte <= range[2]
end

-- Whether up to three bytes are the beginning of a character, and not all of it.
local function begins_character(bytes)
	local first, second, third = bytes:byte(1, 3)
	if not second then
		return 0xc2 <= first and first <= 0xf4
	elseif not third then
		return 0xe0 <= first and first <= 0xf4 and is_within(second, NARROW[first] or ANY)
	end
	return 0xf0 <= first and first <= 0xf4 and is_within(second, NARROW[first] or ANY) and is_within(third, ANY)
end

---Looks at the next piece of a text.
---@param held string "" before the first piece, then what this has returned
---@param piece string
---@return string? held the beginning of a character that the piece ends in, "" when there is none; nil: it is no UTF-8
function text.continue(held, piece)
	if held ~= "" then
		piece = held .. piece
	end
	local length, wrong = utf8.len(piece)
	if length then
		return ""
	end
	local tail = #piece - wrong + 1 <= 3 and piece:sub(wrong)
	return tail and begins_character(tail) and tail or nil
end

---The longest beginning of a text that has at most so many bytes and does not end within a character.
---@param whole string
---@param size integer bytes
---@return string
function text.cut(whole, size)
	if #whole <= size then
		return whole
	end
	-- Another character begins behind the cut, unless this is no UTF-8 at all.
	local last = size
	while last > size - 3 and last > 0 and is_within(whole:byte(last + 1), ANY) do
		last = last - 1
	end
	return whole:sub(1, last)
end

return text
