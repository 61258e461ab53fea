-- The server's half of HTTP/1.1: reads a request, writes a response.

local internal = require "http.internal"
local sockethelper = require "http.sockethelper"

local httpd = {}

local REASON = {
	[100] = "Continue",
	[101] = "Switching Protocols",
	[200] = "OK",
	[201] = "Created",
	[202] = "Accepted",
	[203] = "Non-Authoritative Information",
	[204] = "No Content",
	[205] = "Reset Content",
	[206] = "Partial Content",
	[300] = "Multiple Choices",
	[301] = "Moved Permanently",
	[302] = "Found",
	[303] = "See Other",
	[304] = "Not Modified",
	[305] = "Use Proxy",
	[307] = "Temporary Redirect",
	[308] = "Permanent Redirect",
	[400] = "Bad Request",
	[401] = "Unauthorized",
	[402] = "Payment Required",
	[403] = "Forbidden",
	[404] = "Not Found",
	[405] = "Method Not Allowed",
	[406] = "Not Acceptable",
	[407] = "Proxy Authentication Required",
	[408] = "Request Time-out",
	[409] = "Conflict",
	[410] = "Gone",
	[411] = "Length Required",
	[412] = "Precondition Failed",
	[413] = "Request Entity Too Large",
	[414] = "Request-URI Too Large",
	[415] = "Unsupported Media Type",
	[416] = "Requested range not satisfiable",
	[417] = "Expectation Failed",
	[422] = "Unprocessable Entity",
	[426] = "Upgrade Required",
	[429] = "Too Many Requests",
	[500] = "Internal Server Error",
	[501] = "Not Implemented",
	[502] = "Bad Gateway",
	[503] = "Service Unavailable",
	[504] = "Gateway Time-out",
	[505] = "HTTP Version not supported",
}

-- Returns the body, or nil and a status. Any number is a length, as in skynet: a negative one takes from the end of what
-- came with the header.
local function read_sized(read, length, limit, body)
	if limit and length > limit then
		return nil, 413
	end
	length = math.tointeger(length) or error "number has no integer representation"
	if #body >= length then
		return body:sub(1, length)
	end
	return body .. read(length - #body)
end

local function read_body(read, header, limit, body)
	local encoding = header["transfer-encoding"]
	if encoding == "chunked" then
		local whole = internal.recvchunkedbody(read, limit, header, body)
		return whole, not whole and 413 or nil
	elseif encoding and encoding ~= "identity" then
		return nil, 501
	end
	local length = tonumber(header["content-length"])
	if length then
		return read_sized(read, length, limit, body)
	end
	return body
end

local function read_request(read, limit)
	local lines = {}
	local body = internal.recvheader(read, lines, "")
	if not body then
		return 413
	end
	local method, url, version = assert(lines[1]):match "^(%a+)%s+(.-)%s+HTTP/(%d+%.%d+)$"
	version = tonumber(version)
	assert(method and version)
	if version < 1.0 or version > 1.1 then
		return 505
	end
	local header = internal.parseheader(lines, 2, {})
	if not header then
		return 400
	end
	local status
	body, status = read_body(read, header, limit, body)
	if not body then
		return status
	end
	return 200, url, method, header, body
end

---Returns `200, url, method, header, body`, or an error status alone, or `nil, err` when reading failed.
---@param read fun(n?: integer): string
---@param limit? integer of the body, in bytes
---@return integer? status
---@return any url
---@return string? method
---@return table? header
---@return string? body
function httpd.read_request(read, limit)
	local ok, status, url, method, header, body = pcall(read_request, read, limit)
	if ok then
		if status ~= 200 then
			sockethelper.refuse(read)
		end
		return status, url, method, header, body
	end
	return nil, status
end

local function write_fields(write, header)
	for name, value in pairs(header) do
		if type(value) == "table" then
			for _, each in ipairs(value) do
				write(("%s: %s\r\n"):format(name, each))
			end
		else
			write(("%s: %s\r\n"):format(name, value))
		end
	end
end

local WRITE_BODY = {}

WRITE_BODY["nil"] = function(write)
	write "\r\n"
end

function WRITE_BODY.string(write, body)
	write(("content-length: %d\r\n\r\n"):format(#body))
	write(body)
end

-- Each chunk begins with the line break that ends the one before it, and the first ends the header.
WRITE_BODY["function"] = function(write, next_part)
	write "transfer-encoding: chunked\r\n"
	for part in next_part do
		if part ~= "" then
			write(("\r\n%x\r\n"):format(#part))
			write(part)
		end
	end
	write "\r\n0\r\n\r\n"
end

local function write_response(write, status, body, header)
	local write_body = assert(WRITE_BODY[type(body)], "Invalid response body")
	write(("HTTP/1.1 %03d %s\r\n"):format(status, REASON[status] or ""))
	if header then
		write_fields(write, header)
	end
	write_body(write, body)
end

---@param write fun(data: string)
---@param status integer
---@param body? string|fun(): string? a function's parts are sent as chunks
---@param header? table
---@return boolean ok
---@return any err
function httpd.write_response(write, status, body, header)
	local ok, why = pcall(write_response, write, status, body, header)
	if ok then
		return true
	end
	return false, why
end

return httpd
