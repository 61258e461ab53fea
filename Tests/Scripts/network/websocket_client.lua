-- What a client of http.websocket makes of a server's frames, good and bad, and what it sends itself.
-- Ends in `TEST OK websocket_client` or `TEST FAILED websocket_client: why`.

local skynet = require "skynet"
local cases = require "cases"
local frames = require "websocket_frames"
local socket = require "skynet.socket"
local websocket = require "http.websocket"

local server = frames.server

local function more()
	return { more = true }
end

local BINARY, CLOSE, PING, PONG = 2, 8, 9, 10

-- Connects to a server that sends these bytes, some of them together with its answer to the handshake. `check` gets the
-- id; `hear` (if any) the server's end, once the client has been let go.
local function meet(bytes, check, hear, options)
	local listener, _, port = socket.listen("127.0.0.1", 0)
	local peer = { token = {} }
	socket.start(listener, function(fd)
		socket.start(fd)
		local half = #bytes // 2
		frames.accept(fd, bytes:sub(1, half))
		socket.write(fd, bytes:sub(half + 1))
		peer.ok, peer.why = xpcall(hear or socket.readall, debug.traceback, fd)
		socket.close(fd)
		peer.done = true
		skynet.wakeup(peer.token)
	end)
	local id = websocket.connect("ws://127.0.0.1:" .. port, nil, nil, options)
	check(id)
	websocket.close(id)
	if not peer.done then
		skynet.wait(peer.token)
	end
	socket.close(listener)
	assert(peer.ok, peer.why)
end

-- Expects messages, and then that the server has broken a rule: it hears so, and the client raises it.
local function broken(name, bytes, messages, code, why, options)
	local answered
	meet(bytes .. server.binary "behind", function(id)
		for _, message in ipairs(messages) do
			assert(websocket.read(id) == message, name)
		end
		local ok, err = pcall(websocket.read, id)
		assert(not ok and tostring(err):find(why, 1, true), name .. ": " .. tostring(err))
		assert(websocket.is_close(id), name)
		assert(not pcall(websocket.read, id), name)
	end, function(fd)
		local opcode, payload, key = frames.read(fd)
		assert(opcode == CLOSE and key and payload == frames.closing(code), name)
		assert(not socket.read(fd), name)
		answered = true
	end, options)
	assert(answered, name)
end

-- Expects messages, and that the connection lasts.
local function fine(name, bytes, messages, options)
	meet(bytes, function(id)
		for _, message in ipairs(messages) do
			assert(websocket.read(id) == message, name)
		end
		assert(not websocket.is_close(id), name)
	end, nil, options)
end

local CASE = {}

function CASE.messages()
	for _, size in ipairs { 0, 1, 125, 126, 65535, 65536, 256 * 1024 + 1 } do
		local message = ("\xfe"):rep(size)
		fine("of " .. size, server.binary(message):rep(2), { message, message })
	end
	fine("fragments", server.text("ab", more()) .. server.pong() .. server.more("", more()) .. server.more "c", { "abc" })
	for _, text in ipairs(frames.TEXTS) do
		local parts = { server.text("", more()) }
		for i = 1, #text do
			parts[#parts + 1] = server.more(text:sub(i, i), more())
		end
		fine(text, server.text(text) .. table.concat(parts) .. server.more(), { text, text })
	end
end

function CASE.rules()
	for name, each in pairs {
		["reserved bits are set"] = server.text("b", { reserved = 4 }),
		["unknown opcode"] = server.other(3),
		["payload_len is not minimal"] = server.binary("b", { size = 8 }),
		["control frame is fragmented or too long"] = server.ping("", more()),
		["there is nothing to continue"] = server.more "b",
		["a fragmented message is not finished"] = server.text("b", more()) .. server.text "c",
		["close code is invalid"] = server.close(1005),
	} do
		broken(name, server.text "a" .. each, { "a" }, 1002, name)
	end
	broken("long ping", server.ping(("x"):rep(126)), {}, 1002, "control frame is fragmented or too long")
	broken("half a code", server.raw_close "\3", {}, 1002, "close code is invalid")
	broken("reason", server.close(1000, "\xce"), {}, 1007, "close reason is not UTF-8")
	for _, bytes in ipairs(frames.NO_TEXTS) do
		broken("text", server.text "a" .. server.text(bytes), { "a" }, 1007, "text is not UTF-8")
		broken("fragments", server.text(bytes:sub(1, 1), more()) .. server.more(bytes:sub(2)), {}, 1007,
			"text is not UTF-8")
		fine("bytes", server.binary(bytes), { bytes })
	end
end

function CASE.limits()
	local why = "payload_len is too large"
	broken("announced", server.binary("", { length = (64 << 20) + 1 }), {}, 1009, why)
	local options = { limit = 10 }
	fine("at the limit", server.text(("x"):rep(10)), { ("x"):rep(10) }, options)
	broken("over it", server.text(("x"):rep(11)), {}, 1009, why, options)
	broken("over it in fragments", server.text("xxxxx", more()) .. server.more("xxxxxx"), {}, 1009, why, options)
end

function CASE.masks_of_servers()
	local masked = frames.client.text "a"
	-- As in skynet, whose servers may be given a key.
	fine("any", masked, { "a" })
	broken("strict", masked, {}, 1002, "frame is masked", { masking = "strict" })
	fine("strict, in the clear", server.text "a", { "a" }, { masking = "strict" })
	assert(not pcall(websocket.connect, "ws://127.0.0.1:1", nil, nil, { limit = -1 }))
end

function CASE.closing()
	for _, code in ipairs { 1000, 1001, 1014, 3000, 4999 } do
		local answered
		meet(server.close(code, "bye"), function(id)
			local message, payload = websocket.read(id)
			assert(message == false and payload == frames.closing(code, "bye"))
			assert(websocket.is_close(id))
		end, function(fd)
			local opcode, payload, key = frames.read(fd)
			answered = opcode == CLOSE and key and payload == frames.closing(code)
			assert(not socket.read(fd))
		end)
		assert(answered)
	end
	meet(server.close(), function(id)
		local message, payload = websocket.read(id)
		assert(message == false and payload == "")
	end, function(fd)
		local opcode, payload = frames.read(fd)
		assert(opcode == CLOSE and payload == "")
	end)
	-- What does not fit is left out, and no character is cut.
	meet("", function(id)
		websocket.close(id, 4000, ("x"):rep(122) .. "µ")
	end, function(fd)
		local opcode, payload = frames.read(fd)
		assert(opcode == CLOSE and payload == frames.closing(4000, ("x"):rep(122)))
	end)
	meet("", function(id)
		websocket.close(id, 4000, ("\x80"):rep(200))
	end, function(fd)
		local _, payload = frames.read(fd)
		assert(#payload <= 125)
	end)
end

-- Each frame has a key of its own, or the one that the script chose.
function CASE.masks_what_it_sends()
	meet(server.ping "p" .. server.text "a", function(id)
		assert(websocket.read(id) == "a")
		for _ = 1, 8 do
			websocket.write(id, "same", "binary")
		end
		websocket.write(id, "mine", "binary", 0x01020304)
		websocket.ping(id)
		-- The connection may not end before the peer has read.
		assert(websocket.read(id) == "seen")
	end, function(fd)
		local function expect(opcode, payload)
			local got, text, key = frames.read(fd)
			assert(got == opcode and text == payload and key)
			return key
		end
		expect(PONG, "p")
		local keys, count = {}, 0
		for _ = 1, 8 do
			local key = expect(BINARY, "same")
			count = count + (keys[key] and 0 or 1)
			keys[key] = true
		end
		assert(count > 6)
		assert(expect(BINARY, "mine") == "\1\2\3\4")
		expect(PING, "")
		socket.write(fd, server.text "seen")
		expect(CLOSE, "")
	end)
end

-- A peer that goes is none that breaks a rule.
function CASE.the_end_of_a_stream()
	meet(server.binary("half", { length = 100 }), function(id)
		local ok, why = pcall(websocket.read, id)
		assert(not ok and why == require "http.sockethelper".socket_error)
	end, function() end)
end

cases.report("websocket_client", function()
	cases.run(CASE)
end)
