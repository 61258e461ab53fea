-- What a server of http.websocket answers: the cases of the Autobahn test suite, by its numbers, as bytes against bytes.
-- Ends in `TEST OK websocket_server` or `TEST FAILED websocket_server: why`.

local skynet = require "skynet"
local cases = require "cases"
local frames = require "websocket_frames"
local socket = require "skynet.socket"
local websocket = require "http.websocket"

local client, answer = frames.client, frames.server

local function more()
	return { more = true }
end

-- Sends back what it gets. `result` waits for what accept has returned.
local function serve(options)
	local listener, _, port = socket.listen("127.0.0.1", 0)
	local results, token = {}, {}
	local server = { port = port }
	socket.start(listener, function(fd, address)
		table.insert(results, table.pack(websocket.accept(fd, { message = websocket.write }, "ws", address, options)))
		skynet.wakeup(token)
	end)
	function server.result()
		while #results == 0 do
			skynet.wait(token)
		end
		return table.unpack(table.remove(results, 1))
	end
	function server.stop()
		socket.close(listener)
	end
	return server
end

local function send_in_pieces(fd, bytes, size)
	for at = 1, #bytes, size do
		socket.write(fd, bytes:sub(at, at + size - 1))
	end
end

local function shown(bytes)
	return ("%q"):format(bytes:sub(1, 100)):gsub("\n", "n") .. " of " .. #bytes
end

-- One conversation, up to the end of the connection. `why` is what accept says of a peer that broke a rule.
local function converse(server, name, sent, expected, why, sizes)
	for _, size in ipairs(sizes or { math.maxinteger // 2, 1, 7 }) do
		local fd = frames.connect(server.port)
		send_in_pieces(fd, sent, size)
		local got = socket.readall(fd) or ""
		socket.close(fd)
		local ok, err = server.result()
		assert(got == expected, ("%s in pieces of %d: got %s, not %s"):format(name, size, shown(got), shown(expected)))
		assert(ok == (why == nil), name .. ": " .. tostring(err))
		assert(not why or err:find(why, 1, true), err)
	end
end

-- The server goes on until it is asked to end.
local function fine(server, name, sent, expected, sizes)
	converse(server, name, sent .. client.close(1000), expected .. answer.close(1000), nil, sizes)
end

-- The last frame breaks a rule. What follows must not be listened to.
local function broken(server, name, sent, expected, code, why)
	converse(server, name, sent .. client.binary "behind", expected .. answer.close(code), why)
end

local CASE = {}

function CASE.framing(server)
	for _, size in ipairs { 0, 1, 125, 126, 127, 128, 65535, 65536 } do
		local sizes = size > 1000 and { 1 << 20, 997 } or nil
		local text, bytes = ("*"):rep(size), ("\xfe"):rep(size)
		fine(server, "1.1 text of " .. size, client.text(text), answer.text(text), sizes)
		fine(server, "1.2 binary of " .. size, client.binary(bytes), answer.binary(bytes), sizes)
	end
	local minimal = "payload_len is not minimal"
	broken(server, "two bytes of length for 1", client.binary("a", { size = 2 }), "", 1002, minimal)
	broken(server, "eight bytes of length for 1", client.binary("a", { size = 8 }), "", 1002, minimal)
	broken(server, "a negative length", client.binary("", { length = -1, size = 8 }), "", 1002, minimal)
	fine(server, "a mask of zeros", client.binary("ab", { key = "\0\0\0\0" }), answer.binary "ab")
	-- As in skynet, whose clients do not mask.
	fine(server, "no mask", client.text("ab", { bare = true }), answer.text "ab")
end

function CASE.pings(server)
	for name, payload in pairs {
		["2.1"] = "", ["2.2"] = "Hello, world!", ["2.3"] = "\0\xff\xfe\xfd\xfc\xfb\0\xff", ["2.4"] = ("\xfe"):rep(125),
	} do
		fine(server, name, client.ping(payload), answer.pong(payload))
	end
	local long = "control frame is fragmented or too long"
	broken(server, "2.5 ping of 126", client.ping(("\xfe"):rep(126)), "", 1002, long)
	broken(server, "pong of 126", client.pong(("\xfe"):rep(126)), "", 1002, long)
	broken(server, "a ping of 65536", client.ping(("\xfe"):rep(65536), { length = 65536 }):sub(1, 20), "", 1002, long)
	fine(server, "2.7 to 2.9", client.pong() .. client.pong "abc" .. client.ping "d", answer.pong "d")
	fine(server, "2.10", client.ping "a" .. client.ping "b" .. client.ping "c",
		answer.pong "a" .. answer.pong "b" .. answer.pong "c")
end

function CASE.reserved_bits_and_opcodes(server)
	local before, echo = client.text "a", answer.text "a"
	for bits = 1, 7 do
		for _, opcode in ipairs { 1, 2, 8, 9 } do
			broken(server, "3 bits " .. bits, before .. client.other(opcode, "", { reserved = bits }), echo, 1002,
				"reserved bits are set")
		end
	end
	for _, opcode in ipairs { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 } do
		local name = "4 opcode " .. opcode
		broken(server, name, client.other(opcode), "", 1002, "unknown opcode")
		broken(server, name .. " with a payload", before .. client.other(opcode, "x"), echo, 1002, "unknown opcode")
		broken(server, name .. " in a message", client.text("a", more()) .. client.other(opcode), "", 1002,
			"unknown opcode")
	end
end

function CASE.fragments(server)
	local control, nothing, unfinished = "control frame is fragmented or too long", "there is nothing to continue",
		"a fragmented message is not finished"
	for name, opcode in pairs { ["5.1"] = 9, ["5.2"] = 10, close = 8 } do
		broken(server, name, client.other(opcode, "", more()) .. client.more "x", "", 1002, control)
	end
	fine(server, "5.3", client.text("ab", more()) .. client.more "c", answer.text "abc")
	fine(server, "5.6", client.binary("a", more()) .. client.ping "p" .. client.more "b",
		answer.pong "p" .. answer.binary "ab")
	broken(server, "5.9", client.more "a", "", 1002, nothing)
	broken(server, "5.10", client.binary "a" .. client.more "b", answer.binary "a", 1002, nothing)
	broken(server, "5.12", client.more("a", more()), "", 1002, nothing)
	broken(server, "5.15", client.text("a", more()) .. client.more "b" .. client.more("c", more()), answer.text "ab", 1002,
		nothing)
	broken(server, "5.18", client.text("a", more()) .. client.text "b", "", 1002, unfinished)
	broken(server, "bytes in a text", client.text("a", more()) .. client.binary "b", "", 1002, unfinished)
	fine(server, "5.19", client.text("1", more()) .. client.more("2", more()) .. client.ping "p" .. client.more("3", more())
		.. client.ping "q" .. client.more "4", answer.pong "p" .. answer.pong "q" .. answer.text "1234")
	fine(server, "empty ones", client.binary("", more()) .. client.more("", more()) .. client.more("x", more()) .. client.more(),
		answer.binary "x")
	fine(server, "6.1", client.text("", more()) .. client.more("", more()) .. client.more(), answer.text "")
	local single = {}
	for i = 1, 2000 do
		single[i] = client.more(string.char(i % 128), more())
	end
	local got = {}
	for i = 1, 2000 do
		got[i] = string.char(i % 128)
	end
	fine(server, "single bytes", client.text("", more()) .. table.concat(single) .. client.more(),
		answer.text(table.concat(got)), { 1 << 20 })
end

function CASE.text(server)
	for _, text in ipairs(frames.TEXTS) do
		local parts = { client.text("", more()) }
		for i = 1, #text do
			parts[#parts + 1] = client.more(text:sub(i, i), more())
		end
		fine(server, text, client.text(text) .. table.concat(parts) .. client.more(), answer.text(text):rep(2))
	end
	for i, bytes in ipairs(frames.NO_TEXTS) do
		local name = "6 no text " .. i
		local why = "text is not UTF-8"
		broken(server, name, client.text(bytes), "", 1007, why)
		broken(server, name .. " behind a text", client.text("aµ" .. bytes), "", 1007, why)
		broken(server, name .. " in fragments", client.text(bytes:sub(1, 1), more()) .. client.more(bytes:sub(2)), "", 1007,
			why)
		fine(server, name .. " as bytes", client.binary(bytes), answer.binary(bytes))
	end
	-- A character may be split between fragments, and not between messages.
	broken(server, "half a character", client.text "\xce" .. client.text "\xba", "", 1007, "text is not UTF-8")
	-- Text that is wrong already does not wait for its end.
	local frame = client.text("κόσμε\xf4\x90" .. ("\x80"):rep(1000))
	converse(server, "6.4.4", frame:sub(1, #frame - 1000), answer.close(1007), "text is not UTF-8")
	for _, start in ipairs {
		"\x80", "\xc1", "\xf5", "\xe0\x9f", "\xed\xa0", "\xf0\x8f", "\xf4\x90", "\xce\x20", "\xe1\xc0", "\xf1\x80\x20",
	} do
		converse(server, "the start of no character", client.text("a", more()) .. client.more(start, { length = 9 }),
			answer.close(1007), "text is not UTF-8")
	end
	converse(server, "6.4.1", client.text("κόσμε\xf4", more()) .. client.more("\x90", more()), answer.close(1007),
		"text is not UTF-8")
end

function CASE.closing(server)
	local function ends(name, sent, expected)
		converse(server, name, sent, expected)
	end
	local code, invalid = client.close(1000), "close code is invalid"
	ends("7.1.1", client.text "a" .. code, answer.text "a" .. answer.close(1000))
	ends("7.1.2", code .. code, answer.close(1000))
	ends("7.1.3", code .. client.ping(), answer.close(1000))
	ends("7.1.4", code .. client.text "a", answer.close(1000))
	ends("7.1.5", client.text("a", more()) .. code .. client.more "b", answer.close(1000))
	ends("7.3.1", client.close(), answer.close())
	broken(server, "7.3.2", client.raw_close "\3", "", 1002, invalid)
	ends("7.3.4", client.close(1000, "Hello World!"), answer.close(1000))
	ends("7.3.5", client.close(1000, ("*"):rep(123)), answer.close(1000))
	broken(server, "7.3.6", client.close(1000, ("*"):rep(124)), "", 1002, "fragmented or too long")
	broken(server, "7.5.1", client.close(1000, "\xce\xba\xed\xa0\x80"), "", 1007, "close reason is not UTF-8")
	broken(server, "half a character", client.close(1000, "\xce"), "", 1007, "close reason is not UTF-8")
	for _, good in ipairs { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 3999, 4000, 4999 } do
		ends("7.7 " .. good, client.close(good), answer.close(good))
	end
	for _, bad in ipairs { 0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535 } do
		broken(server, "7.9 " .. bad, client.close(bad), "", 1002, invalid)
	end
end

function CASE.sizes(server)
	local largest = ("\xfe"):rep(16 << 20)
	local once = { 1 << 16 }
	fine(server, "9.2.6", client.binary(largest), answer.binary(largest), once)
	local block = ("*"):rep(1 << 16)
	local parts = { client.text(block, more()) }
	for i = 2, 16 do
		parts[i] = client.more(block, more())
	end
	fine(server, "9.3", table.concat(parts) .. client.more(), answer.text(block:rep(16)), once)
	broken(server, "beyond", client.binary("", { length = (16 << 20) + 1 }), "", 1009, "payload_len is too large")
	-- A peer that is in the middle of sending hears why it cannot go on.
	converse(server, "all of what is beyond", client.binary(largest .. "x", { bare = true }), answer.close(1009),
		"payload_len is too large", once)
end

function CASE.limits()
	local server = serve { limit = 10 }
	local ten, five, why = ("x"):rep(10), ("x"):rep(5), "payload_len is too large"
	fine(server, "at the limit, twice", client.binary(ten):rep(2), answer.binary(ten):rep(2))
	fine(server, "in fragments", client.text(five, more()) .. client.more(five), answer.text(ten))
	broken(server, "over it", client.binary(ten .. "x"), "", 1009, why)
	broken(server, "over it in fragments", client.binary(five, more()) .. client.more(five .. "x"), "", 1009, why)
	broken(server, "announced", client.binary("", { length = 2 << 30 }), "", 1009, why)
	fine(server, "a ping over it", client.ping(("x"):rep(100)), answer.pong(("x"):rep(100)))
	server.stop()
end

function CASE.strict_masking()
	local server = serve { masking = "strict" }
	fine(server, "masked", client.text "a", answer.text "a")
	broken(server, "message", client.text "a" .. answer.text "b", answer.text "a", 1002, "frame is not masked")
	broken(server, "ping", answer.ping(), "", 1002, "frame is not masked")
	server.stop()
end

-- Peers that are scripts of skynet may send whatever they like as text.
function CASE.unchecked_text()
	local server = serve { text = "any" }
	fine(server, "bytes as text", client.text "\xff" .. client.text("\xce", more()) .. client.more(),
		answer.text "\xff" .. answer.text "\xce")
	broken(server, "a reason is checked", client.close(1000, "\xff"), "", 1007, "close reason is not UTF-8")
	server.stop()
end

-- A length that is only announced costs nothing, nor does a sender of single bytes cost much.
function CASE.memory(server)
	collectgarbage()
	local before = collectgarbage "count"
	local connections = {}
	for i = 1, 20 do
		connections[i] = frames.connect(server.port)
		socket.write(connections[i], client.binary("x", { length = 16 << 20 }))
	end
	-- Somebody else's answer says that these have been read.
	fine(server, "beside them", client.text "a", answer.text "a")
	collectgarbage()
	assert(collectgarbage "count" - before < 2048, "announced bytes take memory")
	for _, fd in ipairs(connections) do
		socket.close(fd)
		assert(server.result() == true)
	end
end

function CASE.settings_are_checked()
	for _, options in ipairs { { limit = 0 }, { limit = "much" }, { limit = 1.5 }, { limit = {} }, { masking = true },
		{ text = "latin1" } } do
		local ok, why = pcall(websocket.accept, 1, {}, "ws", nil, options)
		assert(not ok and why:find("of a WebSocket", 1, true), why)
	end
end

-- The configuration is for scripts that know nothing of options.
local function configured()
	skynet.setenv("websocket_limit", "3")
	skynet.setenv("websocket_masking", "strict")
	local server = serve()
	fine(server, "configured", client.text "abc", answer.text "abc")
	broken(server, "configured limit", client.text "abcd", "", 1009, "payload_len is too large")
	broken(server, "configured masking", answer.text "a", "", 1002, "frame is not masked")
	server.stop()
	server = serve { limit = 4, masking = "any" }
	fine(server, "options before configuration", answer.text "abcd", answer.text "abcd")
	server.stop()
end

cases.report("websocket_server", function()
	local server = serve()
	cases.run(CASE, nil, server)
	server.stop()
	configured()
end)
