-- The native service `gate`: text commands, reports, forwarding, a broker, limits, both header sizes.
-- Ends in `TEST OK native_gate` or `TEST FAILED native_gate: why`.

local skynet = require "skynet"
require "skynet.manager"
local cases = require "cases"
local socket = require "skynet.socket"

local HOST = "127.0.0.1"

-- What the gate has said: to its watchdog as text, to an agent as client messages.
local heard, token = {}, {}

local function note(entry)
	table.insert(heard, entry)
	skynet.wakeup(token)
end

local function next_heard()
	while #heard == 0 do
		skynet.wait(token)
	end
	return table.remove(heard, 1)
end

skynet.register_protocol {
	name = "text",
	id = skynet.PTYPE_TEXT,
	pack = function(text)
		return text
	end,
	unpack = skynet.tostring,
	dispatch = function(session, source, text)
		skynet.ignoreret()
		note { text = text, session = session, source = source }
	end,
}

skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
	pack = function(text)
		return text
	end,
	unpack = skynet.tostring,
	dispatch = function(session, source, text)
		skynet.ignoreret()
		note { packet = text, session = session, source = source }
	end,
}

local function free_port()
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	return port
end

local function launch(style, limit)
	local port = free_port()
	local me = skynet.address(skynet.self())
	local gate = assert(skynet.launch("gate", style, me, HOST .. ":" .. port, 0, limit))
	return gate, port
end

-- A client that was announced and started. Returns its socket here, and its number there.
local function admit(gate, port)
	local fd = assert(socket.open(HOST, port))
	local text = next_heard().text
	local id, again, address = text:match "^(%d+) open (%d+) (127%.0%.0%.1:%d+):0$"
	assert(id and id == again and address, text)
	skynet.send(gate, "text", "start " .. id)
	return fd, tonumber(id)
end

local CASE = {}

function CASE.reports_to_its_watchdog()
	local gate, port = launch("S", 8)
	local fd, id = admit(gate, port)
	socket.write(fd, string.pack(">s2s2s2", "one", "", "two"))
	for _, word in ipairs { "one", "two" } do
		local message = next_heard()
		assert(message.text == id .. " data " .. word and message.session == id and message.source == gate)
	end
	socket.close(fd)
	local message = next_heard()
	assert(message.text == id .. " close" and message.session == 0)
	skynet.kill(gate)
end

function CASE.forwards_to_an_agent_and_sends_its_answers()
	local gate, port = launch("L", 8)
	local fd, id = admit(gate, port)
	local me = skynet.address(skynet.self())
	skynet.send(gate, "text", ("forward %d %s :0"):format(id, me))
	socket.write(fd, string.pack(">s4", "hello"))
	local message = next_heard()
	assert(message.packet == "hello" and message.session == id and message.source == gate)
	skynet.send(gate, "text", ("forward %d %s :123"):format(id, me))
	socket.write(fd, string.pack(">s4", ("x"):rep(100000)))
	message = next_heard()
	assert(#message.packet == 100000 and message.source == 0x123)
	skynet.send(gate, "client", "raw answer" .. string.pack("<i4", id))
	assert(socket.read(fd, 10) == "raw answer")
	-- Neither does any harm.
	skynet.send(gate, "client", "1234")
	skynet.send(gate, "client", "lost" .. string.pack("<i4", id + 1000))
	skynet.send(gate, "text", "nonsense")
	skynet.send(gate, "text", "kick " .. id)
	assert(next_heard().text == id .. " close")
	assert(socket.read(fd) == false)
	socket.close(fd)
	skynet.kill(gate)
end

function CASE.a_broker_gets_everything()
	local gate, port = launch("S", 8)
	skynet.register ".native_gate_broker"
	skynet.send(gate, "text", "broker .native_gate_broker")
	local fd, id = admit(gate, port)
	socket.write(fd, string.pack(">s2", "to the broker"))
	local message = next_heard()
	assert(message.packet == "to the broker" and message.session == id and message.source == gate)
	socket.close(fd)
	assert(next_heard().text == id .. " close")
	skynet.kill(gate)
end

function CASE.admits_exactly_so_many()
	local gate, port = launch("S", 2)
	local first, first_id = admit(gate, port)
	local second = admit(gate, port)
	local third = assert(socket.open(HOST, port))
	assert(socket.read(third) == false)
	socket.close(third)
	socket.close(first)
	assert(next_heard().text == first_id .. " close")
	local fourth = admit(gate, port)
	-- A closed gate keeps its clients.
	skynet.send(gate, "text", "close")
	socket.write(fourth, string.pack(">s2", "still here"))
	assert(next_heard().text:find " data still here$")
	assert(socket.open(HOST, port) == nil)
	skynet.kill(gate)
	assert(socket.read(second) == false and socket.read(fourth) == false)
	socket.close(second)
	socket.close(fourth)
end

function CASE.a_monstrous_length_ends_the_client_alone()
	local gate, port = launch("L", 8)
	local monster, id = admit(gate, port)
	local other, other_id = admit(gate, port)
	socket.write(monster, "\x01\0\0\0")
	assert(next_heard().text == id .. " close")
	socket.write(other, string.pack(">s4", "fine"))
	assert(next_heard().text == other_id .. " data fine")
	socket.close(monster)
	socket.close(other)
	assert(next_heard().text == other_id .. " close")
	skynet.kill(gate)
end

function CASE.wrong_parameters_launch_nothing()
	local me = skynet.address(skynet.self())
	for _, line in ipairs {
		"", "S", "S " .. me .. " 0 0", "X " .. me .. " 0 0 1", "S .nobody_of_this_name 0 0 1", "S ! nowhere 0 1",
		"S ! 127.0.0.1:0 0 0", "S ! 192.0.2.1:1 0 1",
	} do
		assert(skynet.launch("gate", line) == nil, line)
	end
	local gate = assert(skynet.launch("gate", "S", "!", HOST .. ":0", 0, 1), "no watchdog is a choice")
	skynet.kill(gate)
end

cases.report("native_gate", function()
	cases.run(CASE)
end)
