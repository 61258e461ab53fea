-- How the debug console words a result. People parse this with scripts: the layout is part of the interface.

local M = {}

local function sorted_keys(t)
	local keys = {}
	for key in pairs(t) do
		keys[#keys + 1] = key
	end
	table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
	return keys
end

--- A table in one line: `k:v` pairs, sorted by key, separated by tabs; anything else as text.
---@param value any
---@return string
function M.value(value)
	if type(value) ~= "table" then
		return tostring(value)
	end
	local pieces = {}
	for _, key in ipairs(sorted_keys(value)) do
		pieces[#pieces + 1] = string.format("%s:%s", tostring(key), tostring(value[key]))
	end
	return table.concat(pieces, "\t")
end

--- A table, one line an entry: key, tab, value; sorted by key.
---@param entries table
---@return string
function M.entries(entries)
	local lines = {}
	for _, key in ipairs(sorted_keys(entries)) do
		lines[#lines + 1] = string.format("%s\t%s\n", tostring(key), M.value(entries[key]))
	end
	return table.concat(lines)
end

--- What a command returned, as the text the console shows; nil and false show nothing.
---@param result any
---@return string
function M.result(result)
	if not result then
		return ""
	end
	if type(result) == "table" then
		return M.entries(result)
	end
	return tostring(result) .. "\n"
end

return M
