-- The Redis protocol (RESP2): how commands are written and replies are read. It knows no connections.

local protocol = {}

local function append(parts, value)
	if type(value) ~= "string" then
		assert(value ~= nil, "a Redis argument is nil")
		value = tostring(value)
	end
	local n = #parts
	parts[n + 1] = "$" .. #value .. "\r\n"
	parts[n + 2] = value
	parts[n + 3] = "\r\n"
end

---The bytes of one command.
---@param name string
---@param arguments any[]
---@param count? integer of arguments, when some may be nil
---@return string
function protocol.compose(name, arguments, count)
	count = count or #arguments
	local parts = { "*" .. count + 1 .. "\r\n" }
	append(parts, name)
	for i = 1, count do
		append(parts, arguments[i])
	end
	return table.concat(parts)
end

local read_reply

local function read_integer(_, text)
	return true, math.tointeger(tonumber(text))
end

local function read_bulk(sock, text)
	local length = tonumber(text)
	if length < 0 then
		return true, nil
	end
	local data = sock:read(length + 2)
	return true, data:sub(1, -3)
end

-- A list is a failure when one of its items is; the error's text stays where it stood among the others.
local function read_list(sock, text)
	local count = tonumber(text)
	if count < 0 then
		return true, nil
	end
	local list = {}
	local all_well = true
	for i = 1, count do
		local ok, item = read_reply(sock)
		all_well = all_well and ok
		list[i] = item
	end
	return all_well, list
end

local READ = {
	["+"] = function(_, text)
		return true, text
	end,
	["-"] = function(_, text)
		return false, text
	end,
	[":"] = read_integer,
	["$"] = read_bulk,
	["*"] = read_list,
}

---Reads one reply from a channel's socket.
---@param sock table
---@return boolean ok
---@return any result, or the text of the error, or the list that has errors in it
function protocol.read_reply(sock)
	local line = sock:readline "\r\n"
	local read = READ[line:sub(1, 1)] or error("not a Redis reply: " .. line)
	return read(sock, line:sub(2))
end

read_reply = protocol.read_reply

return protocol
