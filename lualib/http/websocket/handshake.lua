-- The HTTP request that turns a connection into a WebSocket, from both sides (RFC 6455, section 4).

local crypt = require "skynet.crypt"
local internal = require "http.internal"
local httpd = require "http.httpd"

local handshake = {}

local GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

local function accept_key(key)
	return crypt.base64encode(crypt.sha1(key .. GUID))
end

-- A repeated field comes as a list.
local function text(value)
	if type(value) == "table" then
		return table.concat(value, ", ")
	end
	return value
end

local function has_token(value, token)
	value = text(value)
	for item in (value or ""):lower():gmatch "[^,%s]+" do
		if item == token then
			return true
		end
	end
	return false
end

local function is_key(key)
	local ok, bytes = pcall(crypt.base64decode, key)
	return ok and #bytes == 16
end

-- Returns a status and a reason when the request is refused.
local function refusal(header)
	if not has_token(header["upgrade"], "websocket") then
		return 426, "Upgrade Required"
	elseif not header["host"] then
		return 400, "host Required"
	elseif not has_token(header["connection"], "upgrade") then
		return 400, "Connection must Upgrade"
	elseif not header["sec-websocket-key"] then
		return 400, "Sec-WebSocket-Key Required"
	elseif not is_key(text(header["sec-websocket-key"])) then
		return 400, "Sec-WebSocket-Key invalid"
	elseif text(header["sec-websocket-version"]) ~= "13" then
		return 400, "Sec-WebSocket-Version must 13"
	elseif header["sec-websocket-protocol"] and not has_token(header["sec-websocket-protocol"], "chat") then
		return 400, "Sec-WebSocket-Protocol need include chat"
	end
end

-- Returns the request, or nil with a status and a reason.
local function read_request(read)
	local lines = {}
	local rest = internal.recvheader(read, lines, "")
	if not rest then
		return nil, 413, "header too long"
	end
	local method, url, version = assert(lines[1]):match "^(%a+)%s+(.-)%s+HTTP/(%d+%.%d+)$"
	version = tonumber(version)
	assert(method and version)
	if method ~= "GET" then
		return nil, 400, "need GET method"
	elseif version < 1.1 then
		return nil, 505, "HTTP Version not supported"
	end
	local header = internal.parseheader(lines, 2, {})
	if not header then
		return nil, 400, "invalid header"
	end
	return { header = header, url = url, method = method, rest = rest }
end

---Answers a request to upgrade. Returns the request when it was granted, nil when it was refused.
---@param read fun(n?: integer): string
---@param write fun(data: string)
---@param upgrade? {header: table, method: string, url: string} a request that was read already
---@return {header: table, url: string, rest: string?}?
function handshake.answer(read, write, upgrade)
	local request, status, reason
	if upgrade then
		request = { header = upgrade.header, url = upgrade.url }
		if upgrade.method ~= "GET" then
			status, reason = 400, "need GET method"
		end
	else
		request, status, reason = read_request(read)
	end
	if not status then
		status, reason = refusal(request.header)
	end
	if status then
		httpd.write_response(write, status, reason)
		return nil
	end
	local header = request.header
	write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		.. "Sec-WebSocket-Accept: " .. accept_key(text(header["sec-websocket-key"])) .. "\r\n"
		.. (header["sec-websocket-protocol"] and "Sec-WebSocket-Protocol: chat\r\n" or "")
		.. "\r\n")
	return request
end

---Asks a server to upgrade. Raises when it does not.
---@param interface table
---@param host string
---@param path string
---@param header? table further fields of the request
---@return string rest what was received behind the response's header
function handshake.request(interface, host, path, header)
	local key = crypt.base64encode(crypt.randomkey() .. crypt.randomkey())
	local fields = {
		["Upgrade"] = "websocket",
		["Connection"] = "Upgrade",
		["Sec-WebSocket-Version"] = "13",
		["Sec-WebSocket-Key"] = key,
	}
	for name, value in pairs(header or {}) do
		fields[name] = value
	end
	local status, rest, response = internal.request(interface, "GET", host, path, {}, fields)
	if status ~= 101 then
		error(("websocket handshake error: code[%s] info:%s"):format(status, rest))
	elseif not has_token(response["upgrade"], "websocket") then
		error "websocket handshake upgrade must websocket"
	elseif not has_token(response["connection"], "upgrade") then
		error "websocket handshake connection must upgrade"
	end
	local accepted = text(response["sec-websocket-accept"])
	if not accepted then
		error "websocket handshake need Sec-WebSocket-Accept"
	elseif accepted ~= accept_key(fields["Sec-WebSocket-Key"]) then
		error "websocket handshake invalid Sec-WebSocket-Accept"
	end
	return rest
end

return handshake
