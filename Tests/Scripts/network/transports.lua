-- Addresses of transports in scripts: what listen and open take, what facts tell, what send_packet sends, and in which
-- words a connection is refused. Transports with certificates are a matter of the configuration, and tested elsewhere.
-- Ends in `TEST OK transports` or `TEST FAILED transports: why`.

local skynet = require "skynet"
local cases = require "cases"
local socket = require "skynet.socket"
local driver = require "skynet.socketdriver"

local path = os.tmpname()
os.remove(path)

-- Where a listener is, for a client.
local function target(url, port)
	if url:find "^unix:" then
		return url
	end
	local scheme, rest = url:match "^(%a+://127%.0%.0%.1)(.*)$"
	return scheme and scheme .. ":" .. port .. rest or url .. ":" .. port
end

-- Both ends of one connection, started, and the address that the server was told.
local function pair(url, query)
	local token = {}
	local accepted, peer
	local listener, _, port = socket.listen(url, 0)
	socket.start(listener, function(id, address)
		accepted, peer = socket.start(id), address
		skynet.wakeup(token)
	end)
	local opened = assert(socket.open(target(url, port) .. (query or "")))
	if not accepted then
		skynet.wait(token)
	end
	return { client = opened, server = accepted, listener = listener, peer = peer, port = port }
end

local function drop(ends)
	socket.close(ends.client)
	socket.close(ends.server)
	socket.close(ends.listener)
end

local function fails(pattern, f, ...)
	local ok, why = pcall(f, ...)
	assert(not ok and tostring(why):find(pattern), tostring(why))
end

local function read_packet(id)
	local size = string.unpack(">I2", socket.read(id, 2))
	return size == 0 and "" or socket.read(id, size)
end

local CASE = {}

-- Every packet comes back behind two bytes of length, whatever the wire says.
function CASE.packets()
	for _, url in ipairs { "127.0.0.1", "tcp://127.0.0.1", "ws://127.0.0.1", "unix://" .. path } do
		local ends = pair(url)
		socket.write(ends.client, string.pack(">s2", "from the client"))
		assert(read_packet(ends.server) == "from the client", url)
		assert(driver.send_packet(ends.server, "from the server"))
		assert(driver.send_packet(ends.server, { "in ", "pieces" }))
		assert(read_packet(ends.client) == "from the server", url)
		assert(read_packet(ends.client) == "in pieces", url)
		drop(ends)
	end
end

function CASE.facts()
	local ends = pair("ws://127.0.0.1/play", "?token=1&x=2")
	local facts = driver.facts(ends.server)
	assert(facts.transport == "ws")
	assert(facts.address == "127.0.0.1:" .. ends.port)
	assert(facts.peer == ends.peer and ends.peer:find "^127%.0%.0%.1:%d+$")
	assert(facts.path == "/play" and facts.query == "token=1&x=2")
	assert(next(facts.headers) == nil and facts.subprotocol == nil and facts.tls_version == nil)
	assert(driver.facts(ends.client).peer == facts.address)
	assert(driver.facts(ends.listener) == nil)
	drop(ends)
	assert(driver.facts(ends.server) == nil)

	ends = pair "127.0.0.1"
	facts = driver.facts(ends.server)
	assert(facts.transport == "tcp" and facts.peer == ends.peer and facts.path == nil and facts.headers == nil)
	drop(ends)

	ends = pair("unix://" .. path)
	assert(driver.facts(ends.server).transport == "unix")
	drop(ends)
end

function CASE.empty_packet()
	local ends = pair "ws://127.0.0.1"
	assert(driver.send_packet(ends.server, ""))
	assert(driver.send_packet(ends.server, "after"))
	assert(read_packet(ends.client) == "")
	assert(read_packet(ends.client) == "after")
	drop(ends)

	ends = pair "127.0.0.1"
	assert(driver.send_packet(ends.server, ""))
	assert(socket.read(ends.client, 2) == "\0\0")
	drop(ends)
end

-- 65535 bytes are all that two bytes of length can say. A message of a WebSocket has no such limit.
function CASE.large_packet()
	local large = ("x"):rep(70000)
	local ends = pair "127.0.0.1"
	fails("70000 bytes cannot be sent there, at most 65535 can", driver.send_packet, ends.server, large)
	assert(driver.send_packet(ends.server, large:sub(1, 65535)))
	assert(#read_packet(ends.client) == 65535)
	drop(ends)

	ends = pair "ws://127.0.0.1"
	assert(driver.send_packet(ends.server, large))
	drop(ends)
end

function CASE.refused()
	local listener, _, port = socket.listen("ws://127.0.0.1/play", 0)
	socket.start(listener, function() end)
	local id, why = socket.open("ws://127.0.0.1:" .. port .. "/other")
	assert(not id and why:find "the server answered \"404", why)
	socket.close(listener)
end

function CASE.wrong_addresses()
	fails('unknown scheme "tsl"', socket.listen, "tsl://127.0.0.1", 0)
	fails("leave the query out", socket.listen, "ws://127.0.0.1/a?b", 0)
	fails("needs a certificate; set tls_certificate and tls_key", socket.listen, "wss://127.0.0.1", 0)
	fails("No such file or directory", socket.listen, "unix:///no/such/place.sock")
end

cases.report("transports", function()
	cases.run(CASE)
end)
