--- MD5 sums. Broken as a signature; kept for the protocols that speak it.
local core = require "md5.core"

local md5 = {}

local function hexadecimal(bytes)
	return (bytes:gsub(".", function(byte)
		return ("%02x"):format(byte:byte())
	end))
end

--- The sum as 16 bytes.
---@type fun(text: string): string
md5.sum = core.sum

--- Two strings of one length, byte by byte.
---@type fun(a: string, b: string): string
md5.exor = core.exor

--- The sum as 32 hexadecimal digits.
---@param text string
---@return string
function md5.sumhexa(text)
	return hexadecimal(core.sum(text))
end

--- The keyed sum of RFC 2104 as 32 hexadecimal digits.
---@param text string
---@param key string
---@return string
function md5.hmacmd5(text, key)
	return hexadecimal(core.hmac(text, key))
end

return md5
