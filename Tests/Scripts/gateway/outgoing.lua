-- Accepts nothing: connects by socket.lua to gates of its own node, over every transport, and ends the node.
-- Needs the configuration of OutgoingTests; ends in `all connections are well` or `not all connections are well: why`.

local skynet = require "skynet"
local socket = require "skynet.socket"
local driver = require "skynet.socketdriver"
require "skynet.manager"

---@param address string where a gate shall listen
---@return integer? port
local function gate(address)
	local watchdog = skynet.newservice "watchdog"
	local _, port = skynet.call(watchdog, "lua", "start", { address = address, port = 0 })
	return port
end

local function packet(id)
	local size = socket.read(id, 2)
	return size and socket.read(id, string.unpack(">I2", size))
end

-- One packet to and fro, several at once, the longest, and the end.
local function talk(name, ...)
	local id = assert(socket.open(...))
	local long = ("x"):rep(65535)
	for _, text in ipairs { "hello", long, "from " .. name } do
		socket.write(id, string.pack(">s2", text))
	end
	assert(packet(id) == "hello", name)
	assert(packet(id) == long, name)
	assert(packet(id) == "from " .. name, name)
	-- A packet in two writes is one message.
	socket.write(id, "\0\7in ")
	socket.write(id, "half")
	assert(packet(id) == "in half", name)
	local facts = driver.facts(id)
	assert(facts.transport == name, facts.transport)
	assert((facts.tls_version ~= nil) == (name == "tls" or name == "wss"), name)
	socket.write(id, string.pack(">s2", "kick"))
	assert(socket.read(id) == false, name)
	socket.close(id)
end

local function refused(reason, ...)
	local id, why = socket.open(...)
	assert(not id, "a connection that should have failed")
	assert(tostring(why):find(reason, 1, true), tostring(why))
end

local function test()
	local path = skynet.getenv "socket_path"
	local tcp, tls = gate "tcp://127.0.0.1", gate "tls://127.0.0.1"
	local ws, wss = gate "ws://127.0.0.1/play", gate "wss://127.0.0.1/play"
	gate("unix://" .. path)

	talk("tcp", "127.0.0.1", tcp)
	talk("tcp", "tcp://localhost", tcp)
	talk("unix", "unix://" .. path)
	talk("ws", "ws://127.0.0.1/play", ws)
	talk("ws", "ws://localhost:" .. ws .. "/play")
	-- The authority of `localhost` is named in the configuration; 127.0.0.1 is not in its certificate, and not verified.
	talk("tls", "tls://localhost", tls)
	talk("wss", "wss://localhost/play", wss)
	talk("tls", "tls://127.0.0.1", tls)

	-- Without a word in the configuration a certificate has to come from an authority that the system knows.
	refused("certificate", "tls://127.0.0.2", gate "tls://127.0.0.2")
	refused("certificate", "wss://127.0.0.2/play", gate "wss://127.0.0.2/play")
	-- A known authority is not enough: the name has to be the one that was asked for.
	refused("mismatch", "tls://127.0.0.3", gate "tls://127.0.0.3")

	refused("404", "ws://127.0.0.1/elsewhere", ws)
	-- A plain gate waits for more of what it takes for a packet.
	refused("the tls was not finished in time", "tls://127.0.0.4", gate "127.0.0.4")
	refused("No such file or directory", "unix://" .. path .. ".not")
	local ok, why = pcall(socket.open, "gopher://127.0.0.1", 70)
	assert(not ok and why:find 'unknown scheme "gopher"', why)
end

skynet.start(function()
	skynet.newservice "helper"
	skynet.fork(function()
		local ok, why = xpcall(test, debug.traceback)
		skynet.error(ok and "all connections are well" or "not all connections are well: " .. why)
		skynet.abort()
	end)
end)
