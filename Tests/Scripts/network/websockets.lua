-- http.websocket, server and client: handshake, lengths, masks, fragments, control frames, limits, endings.
-- Ends in `TEST OK websockets` or `TEST FAILED websockets: why`.

local skynet = require "skynet"
local cases = require "cases"
local socket = require "skynet.socket"
local websocket = require "http.websocket"

local HOST = "127.0.0.1"
local SKYNET_LIMIT = 256 * 1024 -- bytes of a message

-- Serves connections with a handle; `results` gets what each accept returned.
local function serve(handle)
	local listener, _, port = socket.listen(HOST, 0)
	local server = { listener = listener, port = port, results = {}, token = {} }
	socket.start(listener, function(fd, address)
		table.insert(server.results, table.pack(websocket.accept(fd, handle, "ws", address)))
		skynet.wakeup(server.token)
	end)
	return server
end

local function await_result(server)
	while #server.results == 0 do
		skynet.wait(server.token)
	end
	return table.unpack(table.remove(server.results, 1))
end

local function open(server, header)
	return websocket.connect(("ws://%s:%d/path?q"):format(HOST, server.port), header)
end

-- A client made of bytes, past its handshake.
local function open_raw(server, request)
	local fd = assert(socket.open(HOST, server.port))
	socket.write(fd, request or "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
		.. "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
		.. "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n")
	return fd, socket.readline(fd, "\r\n\r\n")
end

local CASE = {}

function CASE.messages_of_every_length_come_back()
	local server
	server = serve {
		message = function(id, message, kind)
			websocket.write(id, message, kind)
		end,
	}
	local id = open(server)
	for _, size in ipairs { 0, 1, 125, 126, 127, 65535, 65536, SKYNET_LIMIT, SKYNET_LIMIT + 1 } do
		local message = ("m"):rep(size)
		websocket.write(id, message, "binary", size % 2 == 0 and 0x12345678 or nil)
		assert(websocket.read(id) == message)
	end
	websocket.close(id, 1000, "bye")
	assert(websocket.is_close(id))
	assert(await_result(server) == true)
	assert(not pcall(websocket.write, id, "x"))
	socket.close(server.listener)
end

function CASE.events_come_in_order()
	local events = {}
	local function note(...)
		table.insert(events, table.concat({ ... }, " "))
	end
	local server = serve {
		connect = function(id)
			assert(websocket.addrinfo(id):find "^127%.0%.0%.1:")
			note "connect"
		end,
		handshake = function(id, header, url)
			assert(websocket.real_ip(id) == "10.1.2.3" and header["upgrade"] == "websocket")
			note("handshake", url)
		end,
		message = function(id, message, kind)
			note("message", message, kind)
			websocket.write(id, "heard")
		end,
		ping = function()
			note "ping"
		end,
		pong = function()
			note "pong"
		end,
		close = function(_, code, reason)
			note("close", tostring(code), tostring(reason))
		end,
	}
	local id = open(server, { ["X-Real-IP"] = "10.1.2.3" })
	websocket.write(id, "hello")
	websocket.ping(id)
	websocket.write(id, "bytes", "binary")
	-- Whoever closes with something unread resets the connection, and its last words may be lost.
	assert(websocket.read(id) == "heard" and websocket.read(id) == "heard")
	websocket.close(id, 1001, "going")
	assert(await_result(server) == true)
	assert(table.concat(events, ",")
		== "connect,handshake /path?q,message hello text,ping,message bytes binary,close 1001 going")
	socket.close(server.listener)
end

function CASE.shakes_hands_to_the_byte()
	local server = serve {}
	local fd, answer = open_raw(server)
	assert(answer == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		.. "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat")
	socket.write(fd, "\x88\x00")
	assert(socket.readall(fd) == "\x88\x00")
	socket.close(fd)
	assert(await_result(server) == true)
	socket.close(server.listener)
end

function CASE.refuses_other_requests()
	local closes = 0
	local server = serve {
		close = function()
			closes = closes + 1
		end,
	}
	local function status(request)
		local fd, answer = open_raw(server, request)
		socket.close(fd)
		assert(await_result(server) == true)
		return answer:match "^HTTP/1.1 (%d+)"
	end
	assert(status "POST / HTTP/1.1\r\nhost: x\r\n\r\n" == "400")
	assert(status "GET / HTTP/1.0\r\nhost: x\r\n\r\n" == "505")
	assert(status "GET / HTTP/1.1\r\nhost: x\r\n\r\n" == "426")
	local upgrade = "GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n"
	assert(status(upgrade .. "\r\n") == "400")
	upgrade = upgrade .. "connection: upgrade\r\nsec-websocket-version: 13\r\n"
	assert(status(upgrade .. "sec-websocket-key: short\r\n\r\n") == "400")
	assert(status(upgrade .. "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: soap\r\n\r\n")
		== "400")
	assert(closes == 6)
	local plain = serve {}
	local ok, why = pcall(websocket.connect, "http://" .. HOST .. ":" .. plain.port)
	assert(not ok and why:find "invalid protocol: http")
	socket.close(plain.listener)
	socket.close(server.listener)
end

function CASE.joins_fragments_and_answers_pings_between_them()
	local got = {}
	local server
	server = serve {
		message = function(_, message, kind)
			table.insert(got, kind .. " " .. message)
		end,
	}
	local fd = open_raw(server)
	socket.write(fd, "\x01\x03one\x89\x04ping\x00\x01 \x80\x03two")
	assert(socket.read(fd, 6) == "\x8a\x04ping")
	socket.write(fd, "\x88\x00")
	assert(socket.readall(fd) == "\x88\x00")
	socket.close(fd)
	assert(await_result(server) == true)
	assert(#got == 1 and got[1] == "text one two")
	socket.close(server.listener)
end

function CASE.a_client_that_vanishes_is_an_error_event()
	local gone, token = nil, {}
	local server = serve {
		error = function(_, err)
			gone = tostring(err)
			skynet.wakeup(token)
		end,
	}
	local fd = open_raw(server)
	socket.close(fd)
	assert(await_result(server) == true)
	assert(gone:find "Socket Error")
	socket.close(server.listener)
end

function CASE.a_server_may_close_first()
	local closed = 0
	local server
	server = serve {
		message = function(id, message)
			websocket.close(id, 1000, message)
		end,
		close = function()
			closed = closed + 1
		end,
	}
	local id = open(server)
	websocket.write(id, "enough")
	local message, payload = websocket.read(id)
	assert(message == false and payload == string.pack(">I2", 1000) .. "enough")
	assert(websocket.is_close(id))
	assert(await_result(server) == true)
	assert(closed == 1)
	socket.close(server.listener)
end

-- A web server that has read the request already hands the connection over.
function CASE.a_request_that_was_read_can_be_upgraded()
	local httpd = require "http.httpd"
	local sockethelper = require "http.sockethelper"
	local urls = {}
	local listener, _, port = socket.listen(HOST, 0)
	socket.start(listener, function(fd, address)
		socket.start(fd)
		local code, url, method, header = httpd.read_request(sockethelper.readfunc(fd))
		assert(code == 200)
		websocket.accept(fd, {
			handshake = function(_, _, asked)
				table.insert(urls, asked)
			end,
			message = function(id, message)
				websocket.write(id, "again " .. message)
			end,
		}, "ws", address, { upgrade = { header = header, method = method, url = url } })
	end)
	local id = open { port = port }
	websocket.write(id, "hello")
	assert(websocket.read(id) == "again hello")
	websocket.close(id)
	assert(#urls == 1 and urls[1] == "/path?q")
	socket.close(listener)
end

function CASE.headers_without_end_are_refused()
	local server = serve {}
	local fd = assert(socket.open(HOST, server.port))
	socket.write(fd, "GET / HTTP/1.1\r\n" .. ("x: y\r\n"):rep(2000))
	assert(socket.readline(fd, "\r\n"):find "^HTTP/1.1 413")
	socket.close(fd)
	assert(await_result(server) == true)
	for _, request in ipairs { "\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1\r\n\r\n", "\22\3\1\0\r\n\r\n" } do
		fd = assert(socket.open(HOST, server.port))
		socket.write(fd, request)
		assert(socket.readall(fd) == "")
		socket.close(fd)
		assert(await_result(server) == false)
	end
	socket.close(server.listener)
end

-- A client must not take just anything for a handshake.
function CASE.clients_look_at_the_answer()
	local answer
	local listener, _, port = socket.listen(HOST, 0)
	socket.start(listener, function(fd)
		socket.start(fd)
		socket.readline(fd, "\r\n\r\n")
		socket.write(fd, answer)
		socket.close(fd)
	end)
	local upgrade = "HTTP/1.1 101 Switching Protocols\r\n"
	for _, each in ipairs {
		{ "HTTP/1.1 403 Forbidden\r\n\r\nno", "websocket handshake error: code[403] info:no" },
		{ upgrade .. "\r\n", "websocket handshake upgrade must websocket" },
		{ upgrade .. "upgrade: websocket\r\n\r\n", "websocket handshake connection must upgrade" },
		{ upgrade .. "upgrade: websocket\r\nconnection: upgrade\r\n\r\n",
			"websocket handshake need Sec-WebSocket-Accept" },
		{ upgrade .. "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: nonsense\r\n\r\n",
			"websocket handshake invalid Sec-WebSocket-Accept" },
		{ "", "Socket Error" },
	} do
		answer = each[1]
		local ok, why = pcall(websocket.connect, ("ws://%s:%d"):format(HOST, port))
		assert(not ok and tostring(why):find(each[2], 1, true), tostring(why))
	end
	socket.close(listener)
end

cases.report("websockets", function()
	cases.run(CASE)
end)
