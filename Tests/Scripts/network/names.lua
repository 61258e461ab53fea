-- skynet.dns against a name server in this very service.
-- Ends in `TEST OK names` or `TEST FAILED names: why`.

local cases = require "cases"
local socket = require "skynet.socket"
local dns = require "skynet.dns"

local HOST = "127.0.0.1"
local AAAA = 28

local queries = 0

local function answer(query)
	queries = queries + 1
	local id = string.unpack(">I2", query)
	local question = query:sub(13)
	local kind = string.unpack(">I2", question, #question - 3)
	if question:find("unknown", 1, true) then
		return string.pack(">I2I2I2I2I2I2", id, 0x8183, 1, 0, 0, 0) .. question
	end
	if question:find("loopback", 1, true) then
		local record = string.pack(">I2I2I2I4s2", 0xc00c, kind, 1, 60, "\127\0\0\1")
		return string.pack(">I2I2I2I2I2I2", id, 0x8180, 1, 1, 0, 0) .. question .. record
	end
	local data = kind == AAAA and ("\0"):rep(15) .. "\1" or "\10\0\0\7"
	local record = string.pack(">I2I2I2I4s2", 0xc00c, kind, 1, 60, data)
	return string.pack(">I2I2I2I2I2I2", id, 0x8180, 1, 1, 0, 0) .. question .. record
end

-- Without a server: the hosts file knows some, and the rest is an error.
local function check_hosts_file()
	local path = os.tmpname()
	local file = assert(io.open(path, "w"))
	file:write "# nothing\n10.1.2.3 Gate.Test alias # a comment\n::5 gate.test\n10.1.2.4 gate.test\n"
	file:close()
	dns.DEFAULT_HOSTS, dns.DEFAULT_RESOLV_CONF = path, nil
	local first, list = dns.resolve "gate.test"
	assert(first == "10.1.2.3" and #list == 2 and list[2] == "10.1.2.4")
	assert(dns.resolve "ALIAS" == "10.1.2.3")
	assert(dns.resolve("gate.test", true) == "::5")
	os.remove(path)
	local ok, why = pcall(dns.resolve, "elsewhere.test")
	assert(not ok and why:find "Call dns.server first")
end

-- Web clients may ask it too.
local function check_httpc(port)
	local httpc = require "http.httpc"
	local listener, _, web_port = socket.listen(HOST, 0)
	socket.start(listener, function(fd)
		socket.start(fd)
		local request = socket.readline(fd, "\r\n\r\n")
		socket.write(fd, "HTTP/1.0 200 OK\r\n\r\n" .. request:match "host:(%S+)")
		socket.close(fd)
	end)
	httpc.dns(HOST, port)
	local authority = "web.loopback.test:" .. web_port
	local status, body = httpc.get(authority, "/")
	assert(status == 200 and body == authority)
	assert(not pcall(httpc.get, "unknown.example.com", "/"))
	socket.close(listener)
end

local function run()
	check_hosts_file()
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	local server
	server = socket.udp_listen(HOST, port, function(query, from)
		-- Neither garbage nor an answer to nobody's question disturbs.
		socket.sendto(server, from, "garbage")
		socket.sendto(server, from, string.pack(">I2", 0xffff) .. answer(query):sub(3))
		socket.sendto(server, from, answer(query))
		queries = queries - 1
	end)
	dns.server(HOST, port)

	local first, list = dns.resolve "Game.Example.COM"
	assert(first == "10.0.0.7" and #list == 1)
	assert(queries == 1)
	assert(dns.resolve "game.example.com" == "10.0.0.7")
	assert(queries == 1, "the answer was kept")
	assert(dns.resolve("game.example.com", true) == "0:0:0:0:0:0:0:1")
	dns.flush()
	assert(dns.resolve "game.example.com" == "10.0.0.7")
	assert(queries == 3)

	assert(dns.resolve "127.0.0.1" == "127.0.0.1")
	assert(dns.resolve "::1" == "::1")
	local none, why = dns.resolve "no spaces allowed"
	assert(none == nil and why == "illegal name")
	none, why = dns.resolve(("x"):rep(64) .. ".com")
	assert(none == nil and why == "illegal name")
	local asked = queries
	for _, name in ipairs { "bad..name", ".bad", "bad..", "-..-" } do
		none, why = dns.resolve(name)
		assert(none == nil and why == "illegal name", name)
	end
	assert(queries == asked, "nobody was asked")
	assert(dns.resolve "game.example.com." == "10.0.0.7")
	local ok
	ok, why = pcall(dns.resolve, "unknown.example.com")
	assert(not ok and why:find "timeout or no answer")
	check_httpc(port)
end

cases.report("names", run)
