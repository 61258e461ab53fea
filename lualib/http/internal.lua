-- The parts of HTTP/1.1 that a server and a client have in common. Bytes come and go through the functions
-- of an interface ({ read =, write =, readall = }); nothing here knows of sockets.

local streams = require "http.stream"

local internal = {}

local LONGEST_HEADER = 8192

local function split_lines(block, lines)
	for line in block:gmatch "(.-)\r\n" do
		if line ~= "" then
			lines[#lines + 1] = line
		end
	end
end

---Reads up to the empty line. Returns what was received behind it, or nil when the header is too long.
---@param read fun(): string
---@param lines string[] receives the lines
---@param initial string what was received already
---@return string? rest
function internal.recvheader(read, lines, initial)
	local block = initial
	while true do
		if block:sub(1, 2) == "\r\n" then
			return block:sub(3)
		end
		local _, last = block:find("\r\n\r\n", 1, true)
		if last then
			split_lines(block:sub(1, last), lines)
			return block:sub(last + 1)
		end
		if #block > LONGEST_HEADER then
			return nil
		end
		block = block .. read()
	end
end

local function add_field(into, name, value)
	local known = into[name]
	if known == nil then
		into[name] = value
	elseif type(known) == "table" then
		known[#known + 1] = value
	else
		into[name] = { known, value }
	end
end

local function continue_field(into, name, more)
	local known = into[name]
	if type(known) == "table" then
		known[#known] = known[#known] .. more
	else
		into[name] = known .. more
	end
end

---Field names are lower-cased; a repeated field gets a list. Returns nil when a line is not a field.
---@param lines string[]
---@param from integer index of the first field
---@param into table
---@return table? header
function internal.parseheader(lines, from, into)
	local name
	for i = from, #lines do
		local line = lines[i]
		if line:byte() == 9 then
			if name == nil then
				return nil
			end
			continue_field(into, name, line:sub(2))
		else
			local value
			name, value = line:match "^(.-):%s*(.*)"
			if name == nil then
				return nil
			end
			name = name:lower()
			add_field(into, name, value)
		end
	end
	return into
end

-- Chunks begin with a line of their own; before it stands the line break that ends the last one.
local function read_chunk_size(read, body)
	while true do
		local line, behind = body:match "^%s*([^\r\n]+)\r\n()"
		if line then
			local digits = line:match "^%x+"
			-- More digits than these could wrap round to any number.
			local size = digits and #digits < 16 and tonumber(digits, 16)
			return size, body:sub(behind)
		elseif #body > LONGEST_HEADER then
			return nil
		end
		body = body .. read()
	end
end

---Returns a chunk and what was received behind it; "" is the last one. Nil when the bytes are no chunk.
---@param read fun(n?: integer): string
---@param body string
---@param limit? integer
---@return string? chunk
---@return string? rest
function internal.read_chunk(read, body, limit)
	local size
	size, body = read_chunk_size(read, body)
	if not size or (limit and size > limit) then
		return nil
	elseif #body < size then
		body = body .. read(size - #body)
	end
	return body:sub(1, size), body:sub(size + 1)
end

---Reads a chunked body. Returns nil when it is malformed or longer than the limit.
---@param read fun(n?: integer): string
---@param limit? integer
---@param header table receives the fields behind the last chunk
---@param body string what was received already
---@return string? body
---@return table? header
function internal.recvchunkedbody(read, limit, header, body)
	local parts = {}
	local total = 0
	repeat
		local chunk
		chunk, body = internal.read_chunk(read, body, limit)
		if not chunk then
			return nil
		end
		total = total + #chunk
		if limit and total > limit then
			return nil
		end
		parts[#parts + 1] = chunk
	until chunk == ""
	local trailer = {}
	if not internal.recvheader(read, trailer, body) then
		return nil
	end
	header = internal.parseheader(trailer, 1, header)
	if not header then
		return nil
	end
	return table.concat(parts), header
end

local function field_lines(header)
	local lines = {}
	for name, value in pairs(header) do
		if type(value) == "table" then
			for _, each in ipairs(value) do
				lines[#lines + 1] = name .. ":" .. each .. "\r\n"
			end
		else
			lines[#lines + 1] = name .. ":" .. tostring(value) .. "\r\n"
		end
	end
	return table.concat(lines)
end

local function request_header(method, host, url, header, content)
	local fields
	if header then
		if not (header.Host or header.host) then
			header.Host = host
		end
		fields = field_lines(header)
	else
		fields = "host:" .. host .. "\r\n"
	end
	local chunked = header and content and header["transfer-encoding"] == "chunked"
	if not chunked then
		fields = fields .. "Content-length:" .. (content and #content or 0) .. "\r\n"
	end
	return method .. " " .. url .. " HTTP/1.1\r\n" .. fields .. "\r\n"
end

---Sends a request and reads the header of the response.
---@param interface table
---@param method string
---@param host string
---@param url string
---@param recvheader? table receives the response's header
---@param header? table gains `Host`
---@param content? string
---@return integer status
---@return string body what was received behind the header
---@return table header
function internal.request(interface, method, host, url, recvheader, header, content)
	interface.write(request_header(method, host, url, header, content) .. (content or ""))
	local lines = {}
	local body = internal.recvheader(interface.read, lines, "")
	if not body then
		error "Recv header failed"
	end
	local status = assert(tonumber((lines[1] or ""):match "^HTTP/[%d%.]+%s+(%d%d%d)"))
	local fields = internal.parseheader(lines, 2, recvheader or {})
	if not fields then
		error "Invalid HTTP response header"
	end
	return status, body, fields
end

local function has_no_body(status)
	return status == 204 or status == 304 or status < 200
end

---The number in a content-length field. Digits alone count: "0x10", "-1" and two fields at once do not.
---@param value any
---@return integer?
function internal.content_length(value)
	local digits = type(value) == "string" and value:match "^(%d+)%s*$"
	return digits and math.tointeger(tonumber(digits)) or nil
end

-- How the end of a body is found: "none", "chunked", "length" and the length, or "close".
local function body_mode(status, header)
	local encoding = header["transfer-encoding"]
	if encoding and encoding ~= "identity" and encoding ~= "chunked" then
		error "Unsupport transfer-encoding"
	end
	if has_no_body(status) then
		return "none"
	elseif encoding == "chunked" then
		return "chunked"
	end
	local length = header["content-length"]
	if length then
		return "length", internal.content_length(length) or error "Invalid response body"
	end
	return "close"
end

local BODY = {}

function BODY.none()
	return ""
end

function BODY.chunked(interface, header, body)
	return internal.recvchunkedbody(interface.read, nil, header, body) or error "Invalid response body"
end

function BODY.length(interface, _, body, length)
	if #body >= length then
		return body:sub(1, length)
	end
	return body .. interface.read(length - #body)
end

function BODY.close(interface, _, body)
	return body .. (interface.readall() or "")
end

---Reads the body that belongs to what `request` has returned.
---@param interface table
---@param status integer
---@param body string
---@param header table
---@return string body
function internal.response(interface, status, body, header)
	local mode, length = body_mode(status, header)
	return BODY[mode](interface, header, body, length)
end

---The same, piece by piece.
---@param interface table
---@param status integer
---@param body string
---@param header table
---@return http.stream
function internal.response_stream(interface, status, body, header)
	local mode, length = body_mode(status, header)
	return streams.new(internal, mode, interface, status, body, header, length)
end

return internal
