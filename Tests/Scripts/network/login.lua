-- snax.loginserver and snax.msgserver, spoken to line by line and packet by packet.
-- Roles: none runs the test; "logind" is the login server, which launches its own slaves; "gated" is the gate.
-- Ends in `TEST OK login` or `TEST FAILED login: why`.

local skynet = require "skynet"
local cases = require "cases"
local crypt = require "skynet.crypt"

local b64, unb64 = crypt.base64encode, crypt.base64decode
local HOST = "127.0.0.1"

local ROLE = {}

function ROLE.logind(port)
	local loginserver = require "snax.loginserver"
	local held
	loginserver {
		name = "test_login",
		host = HOST,
		port = port,
		instance = 2,
		auth_handler = function(token)
			local uid, password = token:match "^([^:]*):(.*)$"
			assert(password == "secret", "wrong password")
			return "server", uid
		end,
		login_handler = function(server, uid, secret)
			assert(server == "server" and #secret == 8)
			if uid == "banned" then
				error "banned"
			elseif uid == "slow" then
				held = {}
				skynet.wait(held)
			elseif uid == "nobody" then
				return nil
			end
			return "subid of " .. uid
		end,
		command_handler = function(command, ...)
			if command == "release" then
				while not held do
					skynet.yield()
				end
				skynet.wakeup(held)
			end
			return command, ...
		end,
	}
end

function ROLE.gated()
	local msgserver = require "snax.msgserver"
	local calls, disconnects, blocked = {}, {}, nil
	msgserver.start {
		expired_number = 4,
		register_handler = function(name)
			return "registered " .. name
		end,
		login_handler = function(uid, secret)
			msgserver.login(msgserver.username(uid, 1, "server"), secret)
			return 1
		end,
		logout_handler = function(uid, subid)
			msgserver.logout(msgserver.username(uid, subid, "server"))
		end,
		kick_handler = function(what)
			if what == "release" then
				skynet.wakeup(blocked)
			end
			return table.concat(calls, ","), table.concat(disconnects, ",")
		end,
		disconnect_handler = function(username)
			local uid, subid, server = msgserver.userid(username)
			assert(subid == "1" and server == "server" and msgserver.ip(username):find "^127%.")
			table.insert(disconnects, uid)
		end,
		request_handler = function(_, content)
			table.insert(calls, content)
			if content == "raise" then
				error "asked to"
			elseif content == "block" then
				blocked = {}
				skynet.wait(blocked)
			elseif content == "nothing" then
				return nil
			end
			return "done " .. content
		end,
	}
end

local socket

local function read_line(fd)
	return (assert(socket.readline(fd)))
end

-- Shakes hands and returns the result line, or nothing when the server gives up before.
local function log_in(port, token, tamper)
	local fd = assert(socket.open(HOST, port))
	local challenge = unb64(read_line(fd))
	local key = crypt.randomkey()
	socket.write(fd, b64(crypt.dhexchange(key)) .. "\n")
	local secret = crypt.dhsecret(unb64(read_line(fd)), key)
	local proof = crypt.hmac64(challenge, secret)
	if tamper then
		proof = crypt.hmac64(proof, secret)
	end
	socket.write(fd, b64(proof) .. "\n" .. b64(crypt.desencode(secret, token)) .. "\n")
	local result = read_line(fd)
	socket.close(fd)
	return result, secret
end

local function check_login(port)
	assert(log_in(port, "alice:secret") == "200 " .. b64 "subid of alice")
	assert(log_in(port, "nobody:secret") == "200 ")
	assert(log_in(port, "alice:guess") == "401 Unauthorized")
	assert(log_in(port, "alice:secret", true) == "401 Unauthorized")
	assert(log_in(port, "banned:secret") == "403 Forbidden")

	local fd = assert(socket.open(HOST, port))
	read_line(fd)
	socket.write(fd, b64 "short" .. "\n")
	assert(read_line(fd) == "401 Unauthorized")
	socket.close(fd)

	fd = assert(socket.open(HOST, port))
	read_line(fd)
	socket.write(fd, ("x"):rep(20000))
	assert(socket.readall(fd) == "", "a line that never ends is cut off")
	socket.close(fd)

	assert(skynet.call(".test_login", "lua", "echo", 1, nil, 3) == "echo")
	local results, token = {}, {}
	for _ = 1, 2 do
		skynet.fork(function()
			local result = log_in(port, "slow:secret")
			results[#results + 1] = result
			skynet.wakeup(token)
		end)
	end
	-- One of the two is turned away, because the other is in progress.
	skynet.wait(token)
	assert(results[1] == "406 Not Acceptable")
	skynet.call(".test_login", "lua", "release")
	if #results < 2 then
		skynet.wait(token)
	end
	assert(results[2] == "200 " .. b64 "subid of slow")
end

local function read_packet(fd)
	local size = string.unpack(">I2", assert(socket.read(fd, 2)))
	return assert(socket.read(fd, size))
end

local function claim(uid, index, secret)
	local text = ("%s@%s#%s:%s"):format(b64(uid), b64 "server", b64 "1", index)
	return text .. ":" .. b64(crypt.hmac_hash(secret, text))
end

local function send_handshake(port, packet)
	local fd = assert(socket.open(HOST, port))
	socket.write(fd, string.pack(">s2", packet))
	return read_packet(fd), fd
end

local function ask(fd, content, session)
	socket.write(fd, string.pack(">s2", content .. string.pack(">I4", session)))
end

local function answer(fd)
	local packet = read_packet(fd)
	local ok, session = string.unpack(">BI4", packet, -5)
	return packet:sub(1, -6), ok, session
end

local function expect(fd, content, ok, session)
	local got, got_ok, got_session = answer(fd)
	assert(got == content and got_ok == ok and got_session == session, got)
end

local function calls(gate, what)
	return skynet.call(gate, "lua", "kick", what)
end

local function check_handshake(port, secret)
	local function refused(packet, line)
		local result, fd = send_handshake(port, packet)
		assert(result == line, result)
		assert(socket.read(fd) == false)
		socket.close(fd)
	end
	refused("what is this", "404 User Not Found")
	refused(claim("stranger", 1, secret), "404 User Not Found")
	refused(claim("alice", "one", secret), "400 Bad Request")
	refused(claim("alice", 0, secret), "403 Index Expired")
	refused(claim("alice", 1, crypt.randomkey()), "401 Unauthorized")
	local result, fd = send_handshake(port, claim("alice", 1, secret))
	assert(result == "200 OK")
	refused(claim("alice", 1, secret), "403 Index Expired")
	return fd
end

local function check_requests(gate, port, secret, fd)
	ask(fd, "one", 7)
	expect(fd, "done one", 1, 7)
	ask(fd, "raise", 8)
	expect(fd, "", 0, 8)
	ask(fd, "nothing", 9)
	expect(fd, "", 1, 9)
	-- Answered on this login: the session is used again.
	ask(fd, "two", 7)
	expect(fd, "done two", 1, 7)
	-- Lost while it was executed, and asked for again after a new handshake: executed once, answered once.
	ask(fd, "block", 10)
	ask(fd, "three", 11)
	expect(fd, "done three", 1, 11)
	local result, again = send_handshake(port, claim("alice", 2, secret))
	assert(result == "200 OK")
	ask(again, "block", 10)
	ask(again, "three", 11)
	expect(again, "done three", 1, 11)
	calls(gate, "release")
	expect(again, "done block", 1, 10)
	assert(calls(gate) == "one,raise,nothing,two,block,three")
	-- The older connection was not closed and still works.
	ask(fd, "old", 12)
	expect(fd, "done old", 1, 12)
	socket.close(fd)
	return again
end

local function check_endings(gate, port, secret, fd)
	for session = 100, 130 do
		ask(fd, "x", session)
		expect(fd, "done x", 1, session)
	end
	-- The third of its kind while the first is being executed.
	ask(fd, "block", 200)
	ask(fd, "block", 200)
	ask(fd, "block", 200)
	assert(socket.read(fd) == false)
	socket.close(fd)
	calls(gate, "release")
	local result, short = send_handshake(port, claim("alice", 3, secret))
	assert(result == "200 OK")
	socket.write(short, string.pack(">s2", "abc"))
	assert(socket.read(short) == false)
	socket.close(short)
	local last
	result, last = send_handshake(port, claim("alice", 4, secret))
	assert(result == "200 OK")
	skynet.call(gate, "lua", "logout", "alice", 1)
	assert(socket.read(last) == false)
	socket.close(last)
	assert(send_handshake(port, claim("alice", 5, secret)) == "404 User Not Found")
	assert(not pcall(skynet.call, gate, "lua", "logout", "alice", 1))
end

local function run()
	socket = require "skynet.socket"
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	skynet.newservice(SERVICE_NAME, "logind", port)
	check_login(port)

	listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	local gate = skynet.newservice(SERVICE_NAME, "gated")
	local opened = skynet.call(gate, "lua", "open", { address = HOST, port = port, servername = "here" })
	assert(opened == "registered here")
	local secret = crypt.randomkey()
	assert(skynet.call(gate, "lua", "login", "alice", secret) == 1)
	local fd = check_handshake(port, secret)
	fd = check_requests(gate, port, secret, fd)
	check_endings(gate, port, secret, fd)
end

local role, argument = ...
if role then
	ROLE[role](argument)
elseif skynet.localname ".test_login" then
	-- Slaves are launched under the name of the script, without arguments.
	ROLE.logind(0)
else
	cases.report("login", run)
end
