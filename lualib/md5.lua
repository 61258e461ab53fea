--- MD5 sums. Broken as a signature; kept for the protocols that speak it.
--- The functions are added to those of `md5.core`: the two names are one table, as in skynet.
---@class md5
---@field sum fun(text: string): string  the sum as 16 bytes
---@field exor fun(a: string, b: string): string  two strings of one length, byte by byte
---@field crypt fun(text: string, key: string, seed?: string): string
---@field decrypt fun(cipher: string, key: string): string
---@field private hmac fun(text: string, key: string): string
local md5 = require "md5.core"

local function hexadecimal(bytes)
	return (bytes:gsub(".", function(byte)
		return ("%02x"):format(byte:byte())
	end))
end

--- The sum as 32 hexadecimal digits.
---@param text string
---@return string
function md5.sumhexa(text)
	return hexadecimal(md5.sum(text))
end

--- The keyed sum of RFC 2104 as 32 hexadecimal digits.
---@param text string
---@param key string
---@return string
function md5.hmacmd5(text, key)
	return hexadecimal(md5.hmac(text, key))
end

return md5
