-- WebSocket (RFC 6455), server and client, over skynet.socket or over TLS.

local crypt = require "skynet.crypt"
local socket = require "skynet.socket"
local address = require "http.address"
local frame = require "http.websocket.frame"
local handshake = require "http.websocket.handshake"
local incoming = require "http.websocket.incoming"
local settings = require "http.websocket.settings"
local text = require "http.websocket.text"
local sockethelper = require "http.sockethelper"
local transport = require "http.transport"

local socket_error = sockethelper.socket_error

---@class http.websocket.handle all optional
---@field connect? fun(id: integer)
---@field handshake? fun(id: integer, header: table, url: string)
---@field message? fun(id: integer, message: string, kind: "text"|"binary")
---@field ping? fun(id: integer)
---@field pong? fun(id: integer)
---@field close? fun(id: integer, code: integer?, reason: string?)
---@field error? fun(id: integer, err: any)
---@field warning? fun(ws: table, kib: integer)

local websocket = {}

local open = {} -- id -> connection

local PORT = {
	ws = 80,
	wss = 443,
}

local function make(id, interface, is_server, rules)
	local ws = {
		id = id,
		interface = interface,
		read = interface.read,
		write = interface.write,
		is_server = is_server,
		incoming = incoming.new(interface.read, rules),
	}
	open[id] = ws
	return ws
end

-- The frames of a client are masked, each with another key.
local function send(ws, kind, payload, masking_key)
	if not (ws.is_server or masking_key) then
		masking_key = string.unpack("<I4", crypt.randomkey())
	end
	frame.write(ws.write, kind, payload, masking_key)
end

-- The table forgets first, so that whoever is woken by the closing knows which side closed.
local function finish(ws)
	if open[ws.id] == ws then
		open[ws.id] = nil
		socket.close(ws.id)
		ws.interface.release()
	end
end

local function notify(ws, event, ...)
	local handler = ws.handle and ws.handle[event]
	if handler then
		handler(ws.id, ...)
	end
end

-- The peer has closed: it gets its own code back. It may have gone already, and closing must not fail because of it.
local function answer_close(ws, payload)
	pcall(send, ws, "close", payload:sub(1, 2))
	finish(ws)
end

-- A peer that has broken a rule is told so. Whatever it still sends is left unread, so that closing the socket waits
-- until the peer has taken that.
local function end_violation(ws)
	local code = ws.incoming.violation
	if code and open[ws.id] == ws then
		pcall(send, ws, "close", string.pack(">I2", code))
		if socket.disconnected(ws.id) == false then
			socket.pause(ws.id)
		end
		finish(ws)
	end
end

local SERVE = {}

local function serve_message(ws, kind, payload)
	notify(ws, "message", payload, kind)
end

SERVE.text = serve_message
SERVE.binary = serve_message

function SERVE.ping(ws, _, payload)
	send(ws, "pong", payload)
	notify(ws, "ping")
end

function SERVE.pong(ws)
	notify(ws, "pong")
end

function SERVE.close(ws, _, payload)
	local code, reason
	if #payload > 2 then
		code, reason = string.unpack(">I2", payload), payload:sub(3)
	end
	answer_close(ws, payload)
	notify(ws, "close", code, reason)
	ws.told = true
end

local function serve(ws, upgrade)
	notify(ws, "connect")
	local request = handshake.answer(ws.read, ws.write, upgrade)
	if not request then
		notify(ws, "close")
		return
	end
	ws.header = request.header
	ws.incoming:put_back(request.rest)
	notify(ws, "handshake", request.header, request.url)
	while open[ws.id] == ws do
		local kind, payload = ws.incoming:next()
		SERVE[kind](ws, kind, payload)
	end
	if not ws.told then
		-- A handler has closed the connection.
		notify(ws, "close")
	end
end

local SERVER = {
	ws = transport.plain,
	wss = transport.tls_server,
}

-- Errors of the peer's going are events; all others are the caller's to see.
local function end_serving(ws, ok, err)
	end_violation(ws)
	local closed_here = open[ws.id] ~= ws
	finish(ws)
	if ok then
		return true
	elseif err ~= socket_error then
		return false, err
	elseif closed_here then
		notify(ws, "close")
	else
		notify(ws, "error", err)
	end
	return true
end

---@class http.websocket.options: http.websocket.settings
---@field upgrade? {header: table, method: string, url: string} a request that was read already

---Serves a connection until it ends.
---@param id integer
---@param handle http.websocket.handle
---@param protocol? "ws"|"wss"
---@param addr? string of the peer, for `addrinfo`
---@param options? http.websocket.options
---@return boolean ok
---@return string? err
function websocket.accept(id, handle, protocol, addr, options)
	local upgrade = options and options.upgrade
	local make_interface = SERVER[protocol or "ws"] or error("not support protocol: " .. tostring(protocol))
	local rules = settings.server(options)
	if not upgrade then
		local started, why = socket.start(id)
		if not started then
			return false, why
		end
	end
	local fine, interface = xpcall(make_interface, debug.traceback, id)
	if not fine then
		socket.close(id)
		return false, interface
	end
	local ws = make(id, interface, true, rules)
	ws.handle = handle
	ws.addr = addr
	if handle.warning then
		socket.warning(id, function(_, kib)
			handle.warning(ws, kib)
		end)
	end
	return end_serving(ws, xpcall(serve, debug.traceback, ws, upgrade))
end

local CLIENT = {
	ws = transport.plain,
	wss = transport.tls_client,
}

---Connects. Raises when that fails.
---@param url string `ws://host[:port][/path]`, or `wss://`
---@param header? table further fields of the request
---@param timeout? integer ticks, for connecting
---@param options? http.websocket.settings
---@return integer id
function websocket.connect(url, header, timeout, options)
	local rules = settings.client(options)
	local scheme, authority, path = url:match "^(%a+)://([^/?]+)(.*)$"
	if not CLIENT[scheme] then
		error("invalid protocol: " .. tostring(scheme))
	end
	local _, _, host, port = address.parse(authority, scheme)
	if path:sub(1, 1) ~= "/" then
		path = "/" .. path
	end
	local id = sockethelper.connect(host, port or PORT[scheme], timeout)
	local fine, ws = pcall(function()
		local interface = CLIENT[scheme](id, host)
		local made = make(id, interface, false, rules)
		made.incoming:put_back(handshake.request(interface, host, path, header))
		made.addr = host
		return made
	end)
	if not fine then
		open[id] = nil
		socket.close(id)
		error(ws, 0)
	end
	return id
end

-- Raises what went wrong; a rule that the peer has broken ends the connection first.
local function next_message(ws)
	local fine, kind, payload = pcall(ws.incoming.next, ws.incoming)
	if not fine then
		end_violation(ws)
		error(kind, 0)
	end
	return kind, payload
end

---Reads the next message.
---@param id integer
---@return string|false message
---@return string? close_payload when the peer has closed
function websocket.read(id)
	local ws = assert(open[id])
	while true do
		local kind, payload = next_message(ws)
		if kind == "close" then
			answer_close(ws, payload)
			return false, payload
		elseif kind == "ping" then
			send(ws, "pong", payload)
		elseif kind ~= "pong" then
			return payload
		end
	end
end

---@param id integer
---@param data string
---@param format? "text"|"binary"
---@param masking_key? integer of a client: none, each frame gets a key of its own; of a server: none, it does not mask
function websocket.write(id, data, format, masking_key)
	local ws = assert(open[id])
	format = format or "text"
	assert(format == "text" or format == "binary")
	send(ws, format, data, masking_key)
end

---@param id integer
function websocket.ping(id)
	local ws = assert(open[id])
	send(ws, "ping")
end

---Says goodbye and closes. Does nothing when the id is unknown.
---@param id integer
---@param code? integer
---@param reason? string of which 123 bytes fit
function websocket.close(id, code, reason)
	local ws = open[id]
	if not ws then
		return
	end
	local payload = code and string.pack(">I2", code) .. text.cut(tostring(reason or ""), frame.LONGEST_CONTROL - 2)
	-- The peer may have gone already; closing must not fail because of it.
	pcall(send, ws, "close", payload)
	finish(ws)
end

---@param id integer
---@return string? address
function websocket.addrinfo(id)
	return assert(open[id]).addr
end

---The `x-real-ip` field of the request.
---@param id integer
---@return string?
function websocket.real_ip(id)
	local header = assert(open[id]).header
	return header and header["x-real-ip"]
end

---@param id integer
---@return boolean
function websocket.is_close(id)
	return open[id] == nil
end

return websocket
