-- skynet.socketchannel against servers in this very service: order and session mode, reconnecting, backups, auth.
-- Ends in `TEST OK channels` or `TEST FAILED channels: why`.

local skynet = require "skynet"
local cases = require "cases"
local socket = require "skynet.socket"
local socketchannel = require "skynet.socketchannel"

local HOST = "127.0.0.1"

-- Serves every line with `answer(line, fd)`; nil closes the connection.
local function serve(answer)
	local server = { connections = 0 }
	server.listener, server.ip, server.port = socket.listen(HOST, 0)
	socket.start(server.listener, function(fd)
		server.connections = server.connections + 1
		socket.start(fd)
		while true do
			local line = socket.readline(fd)
			local text = line and answer(line, fd)
			if not text then
				break
			end
			socket.write(fd, text)
		end
		socket.close(fd)
	end)
	return server
end

local function read_line(sock)
	return true, sock:readline "\n"
end

local function echo(line)
	return line .. "\n"
end

local CASE = {}

function CASE.order_mode_answers_in_turn()
	local server = serve(echo)
	local channel = socketchannel.channel { host = HOST, port = server.port, nodelay = true }
	local answers, token = {}, {}
	for i = 1, 20 do
		skynet.fork(function()
			answers[i] = channel:request(i .. "\n", read_line)
			if #answers == 20 then
				skynet.wakeup(token)
			end
		end)
	end
	skynet.wait(token)
	for i = 1, 20 do
		assert(answers[i] == tostring(i))
	end
	assert(server.connections == 1)
	channel:close()
	socket.close(server.listener)
end

function CASE.parts_become_a_list()
	local server = serve(function(line)
		return line .. "\nmore\nlast\n"
	end)
	local channel = socketchannel.channel { host = HOST, port = server.port }
	local list = channel:request("first\n", function(sock)
		local line = sock:readline "\n"
		return true, line, line ~= "last"
	end)
	assert(table.concat(list, " ") == "first more last")
	channel:close()
	socket.close(server.listener)
end

function CASE.a_refusal_raises_its_text_and_keeps_the_connection()
	local server = serve(echo)
	local channel = socketchannel.channel { host = HOST, port = server.port }
	local ok, why = pcall(channel.request, channel, "bad\n", function(sock)
		return false, sock:readline "\n"
	end)
	assert(not ok and why == "bad")
	assert(channel:request("good\n", read_line) == "good")
	assert(server.connections == 1)
	channel:close()
	socket.close(server.listener)
end

function CASE.a_reader_that_raises_costs_the_connection_and_the_next_request_reconnects()
	local server = serve(echo)
	local authenticated = 0
	local channel = socketchannel.channel {
		host = HOST,
		port = server.port,
		auth = function(channel)
			authenticated = authenticated + 1
			assert(channel:request("password\n", read_line) == "password")
		end,
	}
	local failures, token = 0, {}
	for _ = 1, 3 do
		skynet.fork(function()
			local ok = pcall(channel.request, channel, "x\n", function()
				error "cannot read this"
			end)
			assert(not ok)
			failures = failures + 1
			if failures == 3 then
				skynet.wakeup(token)
			end
		end)
	end
	skynet.wait(token)
	assert(channel:request("again\n", read_line) == "again")
	assert(authenticated >= 2)
	channel:close()
	socket.close(server.listener)
end

function CASE.a_lost_connection_raises_the_error_object()
	local server = serve(function(line)
		return line ~= "quit" and line .. "\n" or nil
	end)
	local channel = socketchannel.channel { host = HOST, port = server.port }
	local ok, why = pcall(channel.request, channel, "quit\n", read_line)
	assert(not ok and why == socketchannel.error)
	assert(tostring(why) == "[Error: socket]")
	assert(channel:request("back\n", read_line) == "back")
	assert(server.connections == 2)
	channel:close()
	local after = pcall(channel.request, channel, "closed\n", read_line)
	assert(not after)
	assert(channel:connect(true))
	assert(channel:request("reopened\n", read_line) == "reopened")
	channel:close()
	socket.close(server.listener)
end

function CASE.session_mode_takes_answers_in_any_order()
	local held
	local server = serve(function(line)
		if line:find "^slow" then
			held = line .. "\n"
			return ""
		end
		return line .. "\n" .. (held or "")
	end)
	local channel = socketchannel.channel {
		host = HOST,
		port = server.port,
		response = function(sock)
			local text, session = sock:readline("\n"):match "^(%a+) (%d+)$"
			return tonumber(session), text ~= "refused", text
		end,
	}
	local slow, token
	skynet.fork(function()
		slow = channel:request("slow 1\n", 1)
		if token then
			skynet.wakeup(token)
		end
	end)
	skynet.yield()
	assert(channel:request("fast 2\n", 2) == "fast")
	if not slow then
		token = {}
		skynet.wait(token)
	end
	assert(slow == "slow")
	local ok, why = pcall(channel.request, channel, "refused 3\n", 3)
	assert(not ok and why == "refused")
	channel:close()
	socket.close(server.listener)
end

function CASE.falls_back_to_backups()
	local server = serve(echo)
	local refused, _, refused_port = socket.listen(HOST, 0)
	socket.close(refused)
	local channel = socketchannel.channel {
		host = HOST,
		port = refused_port,
		backup = { { host = HOST, port = refused_port }, { host = HOST, port = server.port } },
	}
	assert(channel:request("via backup\n", read_line) == "via backup")
	channel:changebackup(nil)
	channel:changehost(HOST .. ":" .. server.port)
	assert(channel:request("direct\n", read_line) == "direct")
	channel:close()
	socket.close(server.listener)
	local ok, why = pcall(channel.connect, channel, true)
	assert(not ok and why == socketchannel.error)
end

function CASE.a_request_without_an_answer_returns_at_once()
	local heard, token
	local server = serve(function(line)
		heard = line
		if token then
			skynet.wakeup(token)
		end
		return "unasked\n"
	end)
	local channel = socketchannel.channel { host = HOST, port = server.port }
	assert(channel:request "tell\n" == nil)
	if not heard then
		token = {}
		skynet.wait(token)
	end
	assert(heard == "tell")
	assert(channel:response(read_line) == "unasked")
	channel:close()
	socket.close(server.listener)
end

cases.report("channels", function()
	cases.run(CASE)
end)
