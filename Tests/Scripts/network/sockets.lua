-- skynet.socket on loopback: opening, reading to the end of a stream in every way, closing, flow control, UDP.
-- Ends in `TEST OK sockets` or `TEST FAILED sockets: why`.

local skynet = require "skynet"
local cases = require "cases"
local socket = require "skynet.socket"

local HOST = "127.0.0.1"

-- Two ends of one connection: what was opened, and what was accepted and started.
local function pair()
	local token = {}
	local accepted
	local listener, ip, port = socket.listen(HOST, 0)
	assert(ip == HOST and port > 0)
	assert(socket.start(listener, function(id, address)
		assert(address:find "^127%.0%.0%.1:%d+$")
		accepted = id
		skynet.wakeup(token)
	end) == listener)
	local opened = assert(socket.open(HOST, port))
	if not accepted then
		skynet.wait(token)
	end
	socket.close(listener)
	return opened, accepted
end

local function started_pair()
	local a, b = pair()
	assert(socket.start(b) == b)
	return a, b
end

local function drop(...)
	for _, id in ipairs { ... } do
		socket.close(id)
	end
end

local CASE = {}

function CASE.reads_lines_counts_and_whatever_there_is()
	local a, b = started_pair()
	socket.write(a, "one\ntwo\r\nrest")
	assert(socket.readline(b) == "one")
	assert(socket.readline(b, "\r\n") == "two")
	assert(socket.read(b, 2) == "re")
	assert(socket.read(b) == "st")
	drop(a, b)
end

function CASE.returns_the_rest_when_the_stream_ends()
	local a, b = started_pair()
	socket.write(a, "abc")
	socket.close(a)
	local data, rest = socket.read(b, 10)
	assert(data == false and rest == "abc")
	data, rest = socket.readline(b)
	assert(data == false and rest == "")
	data, rest = socket.read(b)
	assert(data == false and rest == "")
	assert(socket.readall(b) == false)
	assert(socket.disconnected(b) == true)
	drop(b)
	assert(socket.disconnected(b) == nil and socket.invalid(b))
end

function CASE.buffered_data_comes_before_the_end()
	local a, b = started_pair()
	skynet.fork(function()
		socket.write(a, "tail")
		socket.close(a)
	end)
	assert(socket.block(b))
	while not socket.disconnected(b) do
		skynet.yield()
	end
	assert(socket.read(b) == "tail")
	assert(socket.block(b) == false)
	drop(b)
end

function CASE.readall_waits_for_the_end()
	local a, b = started_pair()
	skynet.fork(function()
		for _ = 1, 16 do
			socket.write(a, ("x"):rep(64 * 1024))
			skynet.yield()
		end
		socket.close(a)
	end)
	assert(#socket.readall(b) == 1024 * 1024)
	drop(b)
	a, b = started_pair()
	skynet.fork(socket.close, a)
	assert(socket.readall(b) == "")
	drop(b)
end

function CASE.a_peer_may_close_its_half_only()
	local a, b = started_pair()
	socket.write(a, "question")
	socket.close(a)
	assert(socket.readall(b) == "question")
	assert(socket.write(b, "too late for a, but the socket is still there"))
	drop(b)
	assert(socket.write(b, "now it is gone") == false)
end

function CASE.allows_one_reader_only()
	local a, b = started_pair()
	local first
	skynet.fork(function()
		first = socket.readline(b)
	end)
	skynet.yield()
	local ok, why = pcall(socket.read, b)
	assert(not ok and why:find "assertion failed!")
	socket.write(a, "line\n")
	while not first do
		skynet.yield()
	end
	assert(first == "line")
	drop(a, b)
end

function CASE.close_wakes_the_reader_first()
	local a, b = started_pair()
	local order = {}
	local reading = {}
	skynet.fork(function()
		assert(socket.readline(b) == "a line")
		skynet.wakeup(reading)
		local data, rest = socket.readline(b)
		assert(data == false and rest == "half a line")
		table.insert(order, "reader")
	end)
	socket.write(a, "a line\nhalf a line")
	skynet.wait(reading)
	socket.close(b)
	table.insert(order, "closer")
	assert(table.concat(order, " ") == "reader closer")
	drop(a)
end

function CASE.onclose_runs_once()
	local a, b = started_pair()
	local calls = 0
	local token = {}
	socket.onclose(b, function(id)
		assert(id == b)
		calls = calls + 1
		skynet.wakeup(token)
	end)
	socket.close(a)
	if calls == 0 then
		skynet.wait(token)
	end
	drop(b)
	assert(calls == 1)
end

function CASE.limit_closes_a_line_that_never_ends()
	local a, b = started_pair()
	socket.limit(b, 1000)
	socket.write(a, ("x"):rep(5000))
	local data, rest = socket.readline(b)
	assert(data == false and #rest > 1000)
	drop(a, b)
end

function CASE.limit_does_not_hold_for_a_count()
	local a, b = started_pair()
	socket.limit(b, 1000)
	socket.write(a, ("x"):rep(5000))
	assert(#socket.read(b, 5000) == 5000)
	drop(a, b)
end

local function bytes_read(id)
	for _, info in ipairs(socket.netstat()) do
		if info.id == id then
			return info.read
		end
	end
	error "netstat does not list the socket"
end

function CASE.pauses_and_resumes_when_nobody_reads()
	local a, b = started_pair()
	local total = 4 * 1024 * 1024
	for _ = 1, 64 do
		socket.write(a, ("x"):rep(total // 64))
	end
	while bytes_read(b) <= 128 * 1024 do
		skynet.yield()
	end
	local seen = 0
	while seen < total do
		seen = seen + #assert(socket.read(b))
	end
	assert(seen == total)
	socket.pause(b)
	socket.write(a, "after the pause\n")
	assert(socket.readline(b) == "after the pause")
	drop(a, b)
end

function CASE.abandon_forgets_and_another_start_takes_over()
	local a, b = started_pair()
	local woken
	skynet.fork(function()
		woken = table.pack(socket.read(b, 100))
	end)
	skynet.yield()
	socket.abandon(b)
	skynet.yield()
	assert(woken[1] == false and woken[2] == "")
	assert(socket.invalid(b))
	assert(not pcall(socket.read, b))
	assert(socket.start(b) == b)
	socket.write(a, "again\n")
	assert(socket.readline(b) == "again")
	drop(a, b)
end

function CASE.tells_why_it_cannot_open_or_start()
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	local id, why = socket.open(HOST, port)
	assert(id == nil and why == "Connection refused", why)
	id, why = socket.start(0x7ffffff0)
	assert(id == nil and why == "invalid socket")
	assert(not pcall(socket.open, "no port at all"))
end

function CASE.refuses_to_mix_up_known_and_unknown_ids()
	local a, b = pair()
	assert(socket.invalid(b) and not pcall(socket.read, b))
	local ok, why = pcall(socket.start, a)
	assert(not ok and why:find "socket is not closed")
	ok, why = pcall(socket.close_fd, a)
	assert(not ok and why:find "Use socket.close instead")
	socket.close(b)
	socket.close_fd(b)
	local data = socket.read(a)
	assert(data == false)
	drop(a)
end

function CASE.shutdown_ends_the_reader()
	local a, b = started_pair()
	skynet.fork(function()
		skynet.yield()
		socket.shutdown(b)
	end)
	assert(socket.readline(b) == false)
	assert(not socket.invalid(b) and socket.disconnected(b))
	drop(a, b)
end

function CASE.warns_when_output_piles_up()
	local a, b = pair()
	local warnings = {}
	local drained = {}
	socket.warning(a, function(id, kib)
		assert(id == a)
		table.insert(warnings, kib)
		if kib == 0 then
			skynet.wakeup(drained)
		end
	end)
	for _ = 1, 64 do
		socket.write(a, ("x"):rep(256 * 1024))
	end
	socket.start(b)
	local seen = 0
	while seen < 64 * 256 * 1024 do
		seen = seen + #assert(socket.read(b))
	end
	if warnings[#warnings] ~= 0 then
		skynet.wait(drained)
	end
	assert(#warnings > 1 and warnings[1] >= 1024 and warnings[#warnings] == 0)
	drop(a, b)
end

function CASE.sends_datagrams()
	local token, heard = {}, {}
	-- udp_listen cannot choose a port, so TCP is asked for a free one.
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	local server
	server = socket.udp_listen(HOST, port, function(text, from)
		socket.sendto(server, from, "you said " .. text)
	end)
	local client = socket.udp_dial(HOST, port, function(text, from)
		local ip, from_port = socket.udp_address(from)
		assert(ip == HOST and from_port == port)
		table.insert(heard, text)
		if #heard == 2 then
			skynet.wakeup(token)
		end
	end)
	socket.write(client, "hello")
	socket.write(client, "")
	skynet.wait(token)
	assert(heard[1] == "you said hello" and heard[2] == "you said ")
	drop(client, server)
end

-- An echo on `host`, and a socket that has to say each time, or once, where it sends.
local function converse_by_datagram(host)
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	local server
	server = socket.udp(function(text, from)
		socket.sendto(server, from, { "echo ", text })
	end, host, port)
	local token, heard, from_server = {}, {}, nil
	local client = socket.udp(function(text, from)
		table.insert(heard, text)
		from_server = from
		skynet.wakeup(token)
	end, host, 0)
	local function await(count)
		while #heard < count do
			skynet.wait(token)
		end
	end
	assert(socket.write(client, "nobody is meant") == false)
	socket.udp_connect(client, host, port)
	assert(socket.write(client, "one"))
	await(1)
	local ip, from_port = socket.udp_address(from_server)
	assert(ip == host and from_port == port)
	assert(socket.sendto(client, from_server, "two"))
	await(2)
	assert(heard[1] == "echo one" and heard[2] == "echo two")
	assert(socket.sendto(client, "\9" .. from_server:sub(2), "no such family") == false)
	drop(client, server)
end

function CASE.datagrams_need_no_connection()
	converse_by_datagram "127.0.0.1"
	converse_by_datagram "::1"
end

function CASE.tells_why_datagrams_cannot_be_had()
	local function ignore() end
	local ok, why = pcall(socket.udp_listen, "192.0.2.1", 1, ignore)
	assert(not ok and why:find "udp listen host failed", why)
	ok, why = pcall(socket.udp, ignore, "192.0.2.1", 1)
	assert(not ok and why:find "udp init failed", why)
	ok, why = pcall(socket.udp_dial, "no such host.", 1, ignore)
	assert(not ok and why:find "udp dial host failed", why)
	ok, why = pcall(socket.udp_address, "short")
	assert(not ok and why:find "Invalid udp address", why)
end

function CASE.small_low_writes_wait_behind_high_ones()
	local a, b = pair()
	local big = 8 * 1024 * 1024
	socket.write(a, ("x"):rep(big))
	socket.lwrite(a, "L1")
	socket.lwrite(a, "L2")
	socket.write(a, "H1")
	socket.write(a, "H2")
	assert(socket.start(b) == b)
	assert(#socket.read(b, big) == big)
	local tail = socket.read(b, 8)
	assert(tail:find "H1.*H2" and tail:find "L1.*L2", tail)
	assert(tail:find "H2.*L2", tail)
	drop(a, b)
end

cases.report("sockets", function()
	cases.run(CASE)
end)
