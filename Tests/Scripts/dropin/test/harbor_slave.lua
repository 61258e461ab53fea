-- The slave of another tree over the native harbor: names, links opened and accepted, records, lost links.
-- Says TEST OK, or TEST FAILED and why.
local skynet = require "skynet"
require "skynet.manager"

local slave
local own = skynet.harbor(skynet.self()) << 24

local function tell(...)
	return skynet.call(slave, "lua", ...)
end

local function equal(found, wanted, what)
	if found ~= wanted then
		error(("%s: %s expected, got %s"):format(what, wanted, found), 2)
	end
end

local notes = {}

skynet.dispatch("lua", function(session, source, text)
	notes[#notes + 1] = text
	if session ~= 0 then
		skynet.retpack(text, skynet.address(source))
	end
end)

--- A call in the background; the function answers what came of it.
local function begin(...)
	local result
	skynet.fork(function(...)
		result = table.pack(pcall(skynet.call, ...))
	end, ...)
	return function()
		while not result do
			skynet.sleep(1)
		end
		return table.unpack(result, 1, result.n)
	end
end

local function test_names()
	local answer = begin("FOREIGN", "lua", "kept")
	equal(tell("heard", 1), "Q FOREIGN", "the question")
	skynet.send("FOREIGN", "lua", "again")
	equal(tell("heard", 2), "Q FOREIGN", "each message asks")
	equal(#notes, 0, "nothing is delivered yet")
	tell("name", "FOREIGN", skynet.self())
	equal(select(2, answer()), "kept", "the answer")
	skynet.send("FOREIGN", "lua", "later")
	while #notes < 3 do
		skynet.sleep(1)
	end
	equal(table.concat(notes, ","), "kept,again,later", "the order")
end

local function record(body, source, kind, target, session)
	return string.pack(">s4", body .. string.pack(">I4I4I4", source, kind << 24 | target & 0xffffff, session))
end

local function read_record(peer)
	local size = string.unpack(">I4", skynet.call(peer, "lua", "read", 4))
	local content = skynet.call(peer, "lua", "read", size)
	local body, trailer = content:sub(1, -13), content:sub(-12)
	local source, target, session = string.unpack(">I4I4I4", trailer)
	return body, source, target >> 24, target & 0xffffff, session
end

local function test_opened_link()
	local peer = skynet.newservice "foreign_peer"
	local answer = begin(0x07000099, "lua", "early")
	tell("connect", skynet.call(peer, "lua", "listen"), 7)
	equal(skynet.call(peer, "lua", "read", 1), string.char(own >> 24), "our number")
	skynet.call(peer, "lua", "write", "\7")
	local body, source, kind, target, session = read_record(peer)
	equal(skynet.unpack(body), "early", "the body")
	equal(source, skynet.self(), "the source")
	equal(kind, skynet.PTYPE_LUA, "the type")
	equal(target, 0x99, "the target")
	skynet.call(peer, "lua", "write", record(skynet.packstring "reply", 0x07000099, 1, source, session))
	equal(select(2, answer()), "reply", "the answer")
	-- The other way, with a name for the far address.
	skynet.call(peer, "lua", "write", record(skynet.packstring "far", 0x07000055, 10, skynet.self(), 12))
	body, source, kind, target, session = read_record(peer)
	equal(select(2, skynet.unpack(body)), ":07000055", "the source of the request")
	equal(source, skynet.self(), "who answers")
	equal(kind << 24 | target, 1 << 24 | 0x55, "to whom")
	equal(session, 12, "the session")
	tell("name", "FARAWAY", 0x07000055)
	skynet.send("FARAWAY", "lua", "by name")
	equal((select(4, read_record(peer))), 0x55, "by name")
	-- It ends: the slave is told, and calls wait for ever.
	local said = select(2, tell("heard", 1))
	skynet.call(peer, "lua", "close")
	equal(tell("heard", said + 1), "D 7", "the loss")
	local hanging = true
	skynet.fork(function()
		pcall(skynet.call, 0x07000099, "lua", "lost")
		hanging = false
	end)
	skynet.sleep(2)
	assert(hanging, "a call to a lost node must wait")
	-- A second link for the number is not taken.
	local other = skynet.newservice "foreign_peer"
	tell("connect", skynet.call(other, "lua", "listen"), 7)
	equal(skynet.call(other, "lua", "read", 1), false, "a second link")
end

local function test_accepted_link()
	local peer = skynet.newservice "foreign_peer"
	skynet.send(0x08000001, "lua", "waiting")
	skynet.call(peer, "lua", "connect", tell "accept")
	skynet.call(peer, "lua", "write", "\8")
	equal(skynet.call(peer, "lua", "read", 1), string.char(own >> 24), "our number")
	equal(skynet.unpack((read_record(peer))), "waiting", "what waited")
	-- A peer that does not keep to the rules: the link is down, and messages are refused.
	skynet.call(peer, "lua", "write", "\1\0\0\0")
	equal(skynet.call(peer, "lua", "read", 1), false, "the end of the link")
	equal(pcall(skynet.call, 0x08000001, "lua"), false, "a call over a link that is down")
end

local function test_nonsense()
	for _, text in ipairs { "", "S", "S 0 0", "A 9 999", "N ", "N sixteen_bytes_ab", "X" } do
		tell("raw", text)
	end
	tell("name", "STILL_HERE", skynet.self())
	equal(skynet.call("STILL_HERE", "lua", "fine"), "fine", "after nonsense")
end

skynet.start(function()
	local ok, failure = xpcall(function()
		slave = skynet.newservice "foreign_slave"
		test_names()
		test_opened_link()
		test_accepted_link()
		test_nonsense()
	end, debug.traceback)
	skynet.error(ok and "TEST OK harbor_slave" or "TEST FAILED: " .. failure)
	skynet.abort()
end)
