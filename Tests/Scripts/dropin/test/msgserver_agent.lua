-- A game server in the manner of skynet's login example: every user has an agent, and the request handler passes on
-- what the client says as `client`.
-- Roles: none runs the test; "gate" is the game server, "agent" answers for a user.
-- Ends in `TEST OK msgserver_agent` or `TEST FAILED msgserver_agent: why`.

local skynet = require "skynet"
local crypt = require "skynet.crypt"

local ROLE = {}

function ROLE.agent()
	skynet.register_protocol {
		name = "client",
		id = skynet.PTYPE_CLIENT,
		unpack = skynet.tostring,
	}
	skynet.start(function()
		skynet.dispatch("client", function(_, _, text)
			assert(text ~= "fail", "expected: asked to fail")
			if text == "slow" then
				skynet.wait "slow"
			elseif text == "go on" then
				skynet.wakeup "slow"
			end
			skynet.ret("agent: " .. text)
		end)
	end)
end

function ROLE.gate()
	local msgserver = require "snax.msgserver"
	local agent

	local SPECIAL = {
		table = function() return {} end,
		number = function() return 42 end,
		empty = function() end,
		packed = function() return skynet.call(agent, "client", "x") end,
		again = function() skynet.register_protocol { name = "client", id = skynet.PTYPE_CLIENT } end,
	}

	local server = {}

	function server.login_handler(uid, secret)
		agent = skynet.newservice(SERVICE_NAME, "agent")
		msgserver.login(msgserver.username(uid, 1, "here"), secret)
		return 1
	end

	function server.logout_handler() end

	function server.kick_handler() end

	function server.register_handler(name)
		return name
	end

	function server.request_handler(_, text)
		local special = SPECIAL[text]
		if special then
			return special()
		end
		return skynet.tostring(skynet.rawcall(agent, "client", text))
	end

	msgserver.start(server)
end

if ROLE[(...)] then
	return ROLE[(...)]()
end

local socket = require "skynet.socket"
local drill = require "drill"

local HOST <const> = "127.0.0.1"

local secret = crypt.randomkey()

local function read_packet(fd)
	local size = socket.read(fd, 2)
	return size and assert(socket.read(fd, (string.unpack(">I2", size))))
end

local function connect(port, index)
	local fd = assert(socket.open(HOST, port))
	local b64 = crypt.base64encode
	local text = ("%s@%s#%s:%d"):format(b64 "alice", b64 "here", b64 "1", index)
	socket.write(fd, string.pack(">s2", text .. ":" .. b64(crypt.hmac_hash(secret, text))))
	drill.equal(read_packet(fd), "200 OK")
	return fd
end

local function ask(fd, text, session)
	socket.write(fd, string.pack(">s2", text .. string.pack(">I4", session)))
end

local function expect(fd, text, ok, session)
	drill.equal(read_packet(fd), text .. string.pack(">BI4", ok, session))
end

local function requests(fd)
	ask(fd, "hello", 1)
	expect(fd, "agent: hello", 1, 1)
	-- A request that waits holds up nobody.
	ask(fd, "slow", 2)
	ask(fd, "number", 3)
	expect(fd, "42", 1, 3)
	ask(fd, "go on", 4)
	expect(fd, "agent: go on", 1, 4)
	expect(fd, "agent: slow", 1, 2)
	ask(fd, "empty", 5)
	expect(fd, "", 1, 5)
	for session, text in ipairs { "fail", "packed", "again" } do
		ask(fd, text, 10 + session)
		expect(fd, "", 0, 10 + session)
	end
end

drill.run("msgserver_agent", function()
	local gate = skynet.newservice(SERVICE_NAME, "gate")
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	drill.equal(skynet.call(gate, "lua", "open", { address = HOST, port = port, servername = "here" }), "here")
	skynet.call(gate, "lua", "login", "alice", secret)
	-- Nothing has told the service what to do with messages of its own for `client`.
	skynet.register_protocol { name = "client", id = skynet.PTYPE_CLIENT }
	drill.raises("call failed", skynet.rawcall, gate, "client", "x")
	local fd = connect(port, 1)
	requests(fd)
	-- What is no text costs the connection; the client may come back.
	ask(fd, "table", 20)
	assert(not read_packet(fd))
	socket.close(fd)
	fd = connect(port, 2)
	ask(fd, "hello", 1)
	expect(fd, "agent: hello", 1, 1)
	socket.close(fd)
end)
