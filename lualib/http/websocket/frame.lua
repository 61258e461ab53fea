-- The frames of RFC 6455: how they are written, and what their first bytes say. No handshake, no sockets.

local crypt = require "skynet.crypt"

local frame = {}

local OPCODE = {
	continue = 0x0,
	text = 0x1,
	binary = 0x2,
	close = 0x8,
	ping = 0x9,
	pong = 0xa,
}

frame.KIND = {}
for kind, opcode in pairs(OPCODE) do
	frame.KIND[opcode] = kind
end

---Bytes that the payload of a control frame has at most.
frame.LONGEST_CONTROL = 125

local FINAL = 0x80
local MASKED = 0x80

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

-- Codes 1004 to 1006 and 1015 are for talking about frames; what else is missing below 3000 nobody has registered.
local CLOSE_CODES = { { 1000, 1003 }, { 1007, 1014 }, { 3000, 4999 } }

---Whether a code may stand in a close frame.
---@param code integer
---@return boolean
function frame.is_close_code(code)
	for _, range in ipairs(CLOSE_CODES) do
		if range[1] <= code and code <= range[2] then
			return true
		end
	end
	return false
end

return frame
