-- snax.gateserver and service/gate over loopback: framing, admission, order, errors, kicks, forwarding.
-- Roles: none runs the test and is the watchdog; "agent" takes forwarded packets; "slow" is a gate that blocks.
-- Ends in `TEST OK gateway` or `TEST FAILED gateway: why`.

local skynet = require "skynet"
local cases = require "cases"
local netpack = require "skynet.netpack"

local ROLE = {}

function ROLE.agent()
	local socket = require "skynet.socket"
	skynet.register_protocol {
		name = "client",
		id = skynet.PTYPE_CLIENT,
		unpack = skynet.tostring,
		dispatch = function(fd, source, text)
			skynet.ignoreret()
			if text == "raise" then
				error "asked to"
			end
			socket.write(fd, string.pack(">s2", ("%s from %08x"):format(text, source)))
		end,
	}
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, gate, ...)
			skynet.retpack(skynet.call(gate, "lua", "forward", ...))
		end)
	end)
end

-- Packets that begin with `block` wait until the next command `release`.
function ROLE.slow()
	local gateserver = require "snax.gateserver"
	local log = {}
	local blocked = {}
	local handler = { connect = gateserver.openclient, disconnect = gateserver.closeclient }

	function handler.open(_, conf)
		return conf.port
	end

	function handler.message(fd, msg, sz)
		local text = netpack.tostring(msg, sz)
		table.insert(log, text)
		if text:find "^block" then
			table.insert(blocked, text)
			skynet.wait(text)
			table.insert(log, "done " .. text)
		elseif text == "raise" then
			error "asked to"
		elseif text == "leave" then
			gateserver.closeclient(fd)
		end
	end

	function handler.command(cmd)
		if cmd == "release" then
			for _, token in ipairs(blocked) do
				skynet.wakeup(token)
			end
			skynet.yield()
		end
		return table.concat(log, ",")
	end

	gateserver.start(handler)
end

local socket, events, event_token

local function take_event(expected)
	while #events == 0 do
		skynet.wait(event_token)
	end
	local event = table.remove(events, 1)
	assert(event[1] == expected, ("%s instead of %s"):format(event[1], expected))
	return table.unpack(event, 2)
end

local function pack(text)
	return string.pack(">s2", text)
end

local function read_packet(fd)
	local header = assert(socket.read(fd, 2))
	local size = string.unpack(">I2", header)
	return size == 0 and "" or assert(socket.read(fd, size))
end

local function open_gate(conf)
	local gate = skynet.newservice "gate"
	conf.address = "127.0.0.1"
	conf.port = 0
	local address, port = skynet.call(gate, "lua", "open", conf)
	assert(address == "127.0.0.1" and port > 0)
	return gate, port
end

local function open_client(port)
	local client = assert(socket.open("127.0.0.1", port))
	local fd, address = take_event "open"
	assert(address:find "^127%.0%.0%.1:%d+$")
	return client, fd
end

local function part(gate, client, fd)
	socket.close(client)
	assert(take_event "close" == fd)
	skynet.call(gate, "lua", "kick", fd)
end

local CASE = {}

function CASE.cuts_packets_however_they_arrive(gate, port)
	local client, fd = open_client(port)
	skynet.call(gate, "lua", "accept", fd)
	for byte in (pack "split" .. pack "" .. pack "x"):gmatch "." do
		socket.write(client, byte)
		skynet.yield()
	end
	for _, expected in ipairs { "split", "", "x" } do
		local from, text = take_event "data"
		assert(from == fd and text == expected)
	end
	local long = ("y"):rep(65535)
	socket.write(client, pack(long) .. pack "tail")
	assert(select(2, take_event "data") == long)
	assert(select(2, take_event "data") == "tail")
	part(gate, client, fd)
end

function CASE.keeps_the_order_of_many_packets(gate, port)
	local client, fd = open_client(port)
	skynet.call(gate, "lua", "accept", fd)
	local packets = {}
	for i = 1, 10000 do
		packets[i] = pack(tostring(i))
	end
	socket.write(client, table.concat(packets))
	for i = 1, 10000 do
		assert(select(2, take_event "data") == tostring(i))
	end
	part(gate, client, fd)
end

function CASE.reads_nothing_before_it_is_told_to(gate, port)
	local client, fd = open_client(port)
	socket.write(client, pack "early")
	-- That a later client comes and goes shows that the gate has had its time.
	local later, later_fd = open_client(port)
	skynet.call(gate, "lua", "accept", later_fd)
	socket.write(later, pack "later")
	assert(take_event "data" == later_fd)
	skynet.call(gate, "lua", "accept", fd)
	assert(select(2, take_event "data") == "early")
	part(gate, later, later_fd)
	part(gate, client, fd)
end

function CASE.forwards_to_agents(gate, port)
	local agent = skynet.newservice(SERVICE_NAME, "agent")
	local client, fd = open_client(port)
	skynet.call(agent, "lua", gate, fd)
	socket.write(client, pack "one" .. pack "raise" .. pack "two" .. pack "")
	assert(read_packet(client) == ("one from %08x"):format(gate))
	assert(read_packet(client) == ("two from %08x"):format(gate))
	assert(read_packet(client) == (" from %08x"):format(gate))
	skynet.call(gate, "lua", "forward", fd, 0x1234, agent)
	socket.write(client, pack "three")
	assert(read_packet(client) == "three from 00001234")
	skynet.call(gate, "lua", "accept", fd)
	socket.write(client, pack "four")
	assert(select(2, take_event "data") == "four")
	skynet.kill(agent)
	part(gate, client, fd)
end

function CASE.a_dead_agent_costs_only_its_packets(gate, port)
	local agent = skynet.newservice(SERVICE_NAME, "agent")
	local client, fd = open_client(port)
	skynet.call(agent, "lua", gate, fd)
	skynet.kill(agent)
	socket.write(client, pack "lost" .. pack "lost too")
	part(gate, client, fd)
end

function CASE.kick_closes_and_tells(gate, port)
	local client, fd = open_client(port)
	skynet.call(gate, "lua", "accept", fd)
	skynet.call(gate, "lua", "kick", fd)
	assert(take_event "close" == fd)
	assert(socket.read(client) == false)
	socket.close(client)
	skynet.call(gate, "lua", "kick", fd)
	assert(not pcall(skynet.call, gate, "lua", "forward", fd))
	assert(not pcall(skynet.call, gate, "lua", "no such command"))
end

function CASE.admits_one_less_than_maxclient()
	local gate, port = open_gate { maxclient = 3 }
	local one, fd_one = open_client(port)
	local two, fd_two = open_client(port)
	local three = assert(socket.open("127.0.0.1", port))
	-- A refused client is announced by its close only.
	take_event "close"
	assert(socket.read(three) == false)
	socket.close(three)
	skynet.call(gate, "lua", "accept", fd_one)
	skynet.call(gate, "lua", "accept", fd_two)
	part(gate, one, fd_one)
	local four, fd_four = open_client(port)
	skynet.call(gate, "lua", "accept", fd_four)
	part(gate, four, fd_four)
	part(gate, two, fd_two)
end

function CASE.a_gate_opens_once(gate)
	assert(not pcall(skynet.call, gate, "lua", "open", { port = 0 }))
	local other, port = open_gate {}
	local client, fd = open_client(port)
	skynet.call(other, "lua", "accept", fd)
	skynet.call(other, "lua", "close")
	-- Closing the door sends nobody away.
	socket.write(client, pack "still here")
	assert(select(2, take_event "data") == "still here")
	assert(not socket.open("127.0.0.1", port))
	assert(not pcall(skynet.call, other, "lua", "close"))
	assert(not pcall(skynet.call, other, "lua", "open", { port = 0 }))
	part(other, client, fd)
end

function CASE.a_handler_that_waits_or_raises_holds_up_nobody()
	local gate = skynet.newservice(SERVICE_NAME, "slow")
	local port = skynet.call(gate, "lua", "open", { address = "127.0.0.1", port = 0 })
	local client = assert(socket.open("127.0.0.1", port))
	local packets = { "1", "block2", "3", "raise", "block4", "5" }
	for i, text in ipairs(packets) do
		packets[i] = pack(text)
	end
	socket.write(client, table.concat(packets))
	local expected = "1,block2,3,raise,block4,5"
	while #skynet.call(gate, "lua", "log") < #expected do
		skynet.yield()
	end
	assert(skynet.call(gate, "lua", "log") == expected)
	assert(skynet.call(gate, "lua", "release") == expected .. ",done block2,done block4")
	-- What is queued behind a client's request to be closed is dropped.
	socket.write(client, pack "leave" .. pack "dropped")
	assert(socket.read(client) == false)
	assert(skynet.call(gate, "lua", "log"):find "leave$")
	socket.close(client)
end

local function run_all()
	socket = require "skynet.socket"
	events, event_token = {}, {}
	skynet.dispatch("lua", function(_, _, kind, ...)
		assert(kind == "socket")
		table.insert(events, { ... })
		skynet.wakeup(event_token)
	end)
	local gate, port = open_gate { nodelay = true }
	cases.run(CASE, function(name)
		assert(#events == 0, name .. " leaves events behind")
	end, gate, port)
end

local role = ...
if role then
	ROLE[role]()
else
	cases.report("gateway", run_all)
end
