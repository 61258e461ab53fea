-- Takes URLs apart.

local url = {}

local function decode(text)
	text = text:gsub("+", " ")
	return (text:gsub("%%(%x%x)", function(hex)
		return string.char(tonumber(hex, 16))
	end))
end

---@param u string
---@return string path decoded
---@return string query as it stands; empty when there is none
function url.parse(u)
	local path, query = u:match "^([^?]*)%??(.*)$"
	return decode(path), query
end

---A key is all that stands before its `=`, even nothing; what is behind the last value has none and is ignored. A
---repeated key gets a list.
---@param query string?
---@return table<string, string|string[]>
function url.parse_query(query)
	local values = {}
	for key, value in (query or ""):gmatch "([^=]*)=([^&]*)&?" do
		key, value = decode(key), decode(value)
		local known = values[key]
		if known == nil then
			values[key] = value
		elseif type(known) == "table" then
			known[#known + 1] = value
		else
			values[key] = { known, value }
		end
	end
	return values
end

return url
