-- The frames of RFC 6455, on a byte stream. No handshake, no sockets.

local crypt = require "skynet.crypt"

local frame = {}

local LONGEST = 256 * 1024 -- bytes of a message, and of any frame a server receives

local OPCODE = {
	continue = 0x0,
	text = 0x1,
	binary = 0x2,
	close = 0x8,
	ping = 0x9,
	pong = 0xa,
}

local KIND = {}
for kind, opcode in pairs(OPCODE) do
	KIND[opcode] = kind
end

local FINAL = 0x80
local MASKED = 0x80
local CONTROL = 0x8
local RESERVED = 0x70

local function length_field(size, mask)
	if size < 126 then
		return string.pack("B", mask | size)
	elseif size <= 0xffff then
		return string.pack(">BI2", mask | 126, size)
	end
	return string.pack(">BI8", mask | 127, size)
end

---@param write fun(data: string)
---@param kind string
---@param payload? string
---@param masking_key? integer
function frame.write(write, kind, payload, masking_key)
	payload = payload or ""
	local opcode = assert(OPCODE[kind])
	write(string.pack("B", FINAL | opcode) .. length_field(#payload, masking_key and MASKED or 0))
	if masking_key then
		local key = string.pack(">I4", masking_key & 0xffffffff)
		write(key)
		payload = crypt.xor_str(payload, key)
	end
	if payload ~= "" then
		write(payload)
	end
end

local LENGTH_FORMAT = {
	[126] = { 2, ">I2" },
	[127] = { 8, ">I8" },
}

local function read_length(read, short)
	local extended = LENGTH_FORMAT[short]
	if not extended then
		return short
	end
	return (string.unpack(extended[2], read(extended[1])))
end

local function exactly(read, size)
	return size > 0 and read(size) or ""
end

---Reads one frame. Raises when it is malformed or too long.
---@param read fun(n: integer): string
---@param limited boolean
---@return boolean final
---@return string kind
---@return string payload
function frame.read(read, limited)
	local first, second = string.byte(read(2), 1, 2)
	local opcode = first & 0xf
	local kind = assert(KIND[opcode], "unknown opcode")
	local final = first & FINAL ~= 0
	assert(first & RESERVED == 0, "reserved bits are set")
	local size = read_length(read, second & 0x7f)
	if opcode & CONTROL ~= 0 then
		assert(final and size < 126, "control frame is fragmented or too long")
	end
	-- Eight bytes of length may also come out negative.
	assert(size >= 0 and not (limited and size > LONGEST), "payload_len is too large")
	if second & MASKED == 0 then
		return final, kind, exactly(read, size)
	end
	local key = read(4)
	return final, kind, crypt.xor_str(exactly(read, size), key)
end

local function is_data(kind)
	return kind == "text" or kind == "binary"
end

---Joins fragments: returns the kind and the whole of the next message, or of a control frame between fragments.
---@param read fun(n: integer): string
---@param limited boolean
---@param partial table keeps the fragments between calls
---@return string kind
---@return string payload
function frame.read_message(read, limited, partial)
	while true do
		local final, kind, payload = frame.read(read, limited)
		if is_data(kind) then
			assert(not partial.kind, "a fragmented message is not finished")
			if final then
				return kind, payload
			end
			partial.kind, partial.size = kind, #payload
			partial[1] = payload
		elseif kind == "continue" then
			assert(partial.kind, "there is nothing to continue")
			partial.size = partial.size + #payload
			assert(partial.size <= LONGEST, "payload_len is too large")
			partial[#partial + 1] = payload
			if final then
				return frame.take(partial)
			end
		else
			return kind, payload
		end
	end
end

---Empties the fragments.
---@param partial table
---@return string kind
---@return string payload
function frame.take(partial)
	local kind, payload = partial.kind, table.concat(partial)
	for key in pairs(partial) do
		partial[key] = nil
	end
	return kind, payload
end

return frame
