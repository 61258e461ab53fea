-- TLS over real connections: an https server as users write it, with httpc; wss both ways; what goes wrong.
-- The certificate is made for the occasion.
-- Ends in `TEST OK tls` or `TEST FAILED tls: why`.

local skynet = require "skynet"
local cases = require "cases"
local socket = require "skynet.socket"
local httpd = require "http.httpd"
local httpc = require "http.httpc"
local sockethelper = require "http.sockethelper"
local tlshelper = require "http.tlshelper"
local websocket = require "http.websocket"

local HOST = "127.0.0.1"
local LARGE = ("0123456789abcdef"):rep(20000) -- many TLS records

local MAKE_CERTIFICATE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
	.. " -subj /CN=localhost -keyout %s -out %s 2>/dev/null"

local function make_certificate()
	local key, certificate = os.tmpname(), os.tmpname()
	assert(os.execute(MAKE_CERTIFICATE:format(key, certificate)), "openssl req failed")
	-- The servers of http.websocket find them in the configuration.
	skynet.setenv("certfile", certificate)
	skynet.setenv("keyfile", key)
	return certificate, key
end

local function listen(serve)
	local listener, _, port = socket.listen(HOST, 0)
	socket.start(listener, function(fd, address)
		serve(fd, address)
	end)
	return listener, port
end

-- Answers each request with its method, its url and its body; notes why handshakes fail.
local function serve_https(context, failures)
	return listen(function(fd)
		socket.start(fd)
		local tls = tlshelper.newtls("server", context)
		local ok, why = pcall(tlshelper.init_responsefunc(fd, tls))
		if ok then
			local status, url, method, _, body = httpd.read_request(tlshelper.readfunc(fd, tls))
			if status then
				httpd.write_response(tlshelper.writefunc(fd, tls), status, method .. url .. body)
			end
		else
			table.insert(failures, tostring(why))
		end
		socket.close(fd)
		tls:close()
	end)
end

local CASE = {}

function CASE.https_requests_are_answered(context)
	local listener, port = serve_https(context, {})
	local host = ("https://%s:%d"):format(HOST, port)
	local status, body = httpc.get(host, "/path")
	assert(status == 200 and body == "GET/path")
	status, body = httpc.request("POST", host, "/", nil, nil, LARGE)
	assert(status == 200 and body == "POST/" .. LARGE)
	local parts = {}
	for part in httpc.request_stream("POST", host, "/", nil, nil, LARGE) do
		table.insert(parts, part)
	end
	assert(table.concat(parts) == "POST/" .. LARGE)
	socket.close(listener)
end

function CASE.who_does_not_speak_tls_harms_nobody_else(context)
	local failures = {}
	local listener, port = serve_https(context, failures)
	local fd = assert(socket.open(HOST, port))
	socket.write(fd, "GET / HTTP/1.1\r\n\r\n")
	socket.readall(fd)
	socket.close(fd)
	assert(#failures == 1)
	fd = assert(socket.open(HOST, port))
	socket.close(fd)
	assert(httpc.get(("https://%s:%d"):format(HOST, port), "/") == 200)
	socket.close(listener)
end

function CASE.a_server_without_tls_is_an_error()
	local listener, port = listen(function(fd)
		socket.start(fd)
		socket.write(fd, "HTTP/1.1 200 OK\r\n\r\n")
		socket.close(fd)
	end)
	assert(not pcall(httpc.get, ("https://%s:%d"):format(HOST, port), "/"))
	assert(not pcall(websocket.connect, ("wss://%s:%d"):format(HOST, port)))
	socket.close(listener)
	listener, port = listen(function(fd)
		socket.start(fd)
		socket.close(fd)
	end)
	local ok, why = pcall(httpc.get, ("https://%s:%d"):format(HOST, port), "/")
	assert(not ok and why == sockethelper.socket_error)
	socket.close(listener)
end

function CASE.wss_goes_both_ways()
	local result, token = nil, {}
	local listener, port = listen(function(fd, address)
		result = table.pack(websocket.accept(fd, {
			message = function(id, message, kind)
				websocket.write(id, message, kind)
			end,
		}, "wss", address))
		skynet.wakeup(token)
	end)
	local id = websocket.connect(("wss://%s:%d/path"):format(HOST, port))
	for _, size in ipairs { 0, 1, 125, 126, 65535, 65536, 200000 } do
		local message = LARGE:sub(1, size)
		websocket.write(id, message, "binary", size % 2 == 0 and 0x01020304 or nil)
		assert(websocket.read(id) == message)
	end
	websocket.ping(id)
	websocket.write(id, "after the ping")
	assert(websocket.read(id) == "after the ping")
	websocket.close(id, 1000, "bye")
	if not result then
		skynet.wait(token)
	end
	assert(result[1] == true)
	socket.close(listener)
end

function CASE.wss_peers_hear_which_rule_they_broke()
	local result, token = nil, {}
	local listener, port = listen(function(fd)
		result = table.pack(websocket.accept(fd, {}, "wss"))
		skynet.wakeup(token)
	end)
	local id = websocket.connect(("wss://%s:%d"):format(HOST, port))
	websocket.write(id, "no text \xff")
	local message, payload = websocket.read(id)
	assert(message == false and payload == string.pack(">I2", 1007))
	if not result then
		skynet.wait(token)
	end
	assert(result[1] == false and result[2]:find "text is not UTF%-8")
	socket.close(listener)
end

function CASE.wss_servers_survive_garbage()
	local results, token = {}, {}
	local listener, port = listen(function(fd)
		table.insert(results, table.pack(websocket.accept(fd, {}, "wss")))
		skynet.wakeup(token)
	end)
	local fd = assert(socket.open(HOST, port))
	socket.write(fd, "GET / HTTP/1.1\r\n\r\n")
	socket.readall(fd)
	socket.close(fd)
	if #results == 0 then
		skynet.wait(token)
	end
	assert(results[1][1] == false and type(results[1][2]) == "string")
	local id = websocket.connect(("wss://%s:%d"):format(HOST, port))
	websocket.close(id)
	socket.close(listener)
end

function CASE.wrong_certificates_are_refused()
	local context = tlshelper.newctx()
	local nowhere = os.tmpname()
	os.remove(nowhere)
	assert(not pcall(context.set_cert, context, nowhere, nowhere))
	assert(not pcall(context.set_ciphers, context, "no such cipher"))
	assert(not pcall(tlshelper.newtls, "neither", context))
end

cases.report("tls", function()
	local certificate, key = make_certificate()
	local context = tlshelper.newctx()
	context:set_cert(certificate, key)
	local ok, why = xpcall(cases.run, debug.traceback, CASE, nil, context)
	os.remove(certificate)
	os.remove(key)
	assert(ok, why)
end)
