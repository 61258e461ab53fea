-- CRC-16/XMODEM, by which Redis Cluster deals keys to slots.

local POLYNOMIAL = 0x1021

local TABLE = {}
for byte = 0, 255 do
	local crc = byte << 8
	for _ = 1, 8 do
		crc = crc & 0x8000 ~= 0 and (crc << 1) ~ POLYNOMIAL or crc << 1
	end
	TABLE[byte] = crc & 0xffff
end

---@param bytes string
---@return integer
local function crc16(bytes)
	local crc = 0
	for i = 1, #bytes do
		crc = (crc << 8 & 0xffff) ~ TABLE[(crc >> 8 ~ bytes:byte(i)) & 0xff]
	end
	return crc
end

return crc16
