-- Takes `[scheme://]host[:port]` apart.

local address = {}

---@param text string
---@param default_scheme string
---@return string scheme
---@return string authority host and port as given
---@return string host
---@return integer? port
function address.parse(text, default_scheme)
	local scheme, authority = text:match "^(%a+)://(.*)$"
	if not scheme then
		scheme, authority = default_scheme, text
	end
	local host, port = authority:match "^%[([^%]]+)%]:?(%d*)$"
	if not host then
		local _, colons = authority:gsub(":", "")
		if colons > 1 then
			error(("Invalid host: bare IPv6 address '%s', use '[%s]' instead"):format(authority, authority))
		end
		host, port = authority:match "^([^:]+):?(%d*)$"
	end
	if not host then
		error("Invalid host: " .. authority)
	end
	return scheme, authority, host, math.tointeger(tonumber(port))
end

return address
