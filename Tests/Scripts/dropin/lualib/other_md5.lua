-- Plays the part of another tree's md5.lua: it adds to the native module's own table and returns that.
local core = require "md5.core"

local function hexadecimal(bytes)
	return (bytes:gsub(".", function(byte)
		return ("%02x"):format(byte:byte())
	end))
end

function core.sumhexa(text)
	return "other " .. hexadecimal(core.sum(text))
end

return core
