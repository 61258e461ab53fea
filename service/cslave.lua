-- Accepts `lua` messages: REGISTER, QUERYNAME, LINK, CONNECT, LINKMASTER. It is `.cslave` of a node in a harbor network.
-- Accepts `text` messages from the native service `harbor`: "Q <name>" (who has it?), "D <id>" (the link is lost).

local skynet = require "skynet"
local socket = require "skynet.socket"
local driver = require "skynet.socketdriver"
local packet = require "skynet.harbor.packet"
local protocols = require "skynet.harbor.protocols"
require "skynet.manager"	-- launch

---@alias response fun(ok: boolean, ...: any): boolean

---@type table<string, integer> global name -> address
local names = {}
---@type table<integer, integer|false> node id -> socket; false once it is down
local links = {}
---@type table<string, response[]> global name -> who waits for it
local queries = {}
---@type table<integer, response[]> node id -> who waits until it is disconnected
local disconnect_waiters = {}
---@type table<integer, response[]> node id -> who waits until it is connected
local connect_waiters = {}
---@type response[] who waits until the master is disconnected
local master_waiters = {}

---@type integer the native service that owns the links
local harbor
---@type integer the socket to the master
local master
---@type integer nodes that have yet to connect to this one
local expected = 0
---@type thread? waits until all have
local starter
---@type table[]? what the master wants of this node, until it is ready for it
local postponed = {}
---@type table<integer, boolean> nodes that this one will have to connect to
local newer = {}

local function append(lists, key, response)
	lists[key] = lists[key] or {}
	table.insert(lists[key], response)
end

local function answer(lists, key, ...)
	local responses = lists[key] or {}
	lists[key] = nil
	for _, respond in ipairs(responses) do
		respond(true, ...)
	end
end

local function tell_master(...)
	packet.write(master, ...)
end

--- The address goes as the source of the message.
local function tell_harbor(name)
	skynet.redirect(harbor, names[name], "harbor", 0, "N " .. name)
end

local function learn(name, address)
	names[name] = address
	answer(queries, name, address)
	tell_harbor(name)
end

--- Leaves a connection to the native service.
local function hand_over(fd, id, how)
	links[id] = fd
	driver.nodelay(fd)
	socket.abandon(fd)
	skynet.rawsend(harbor, "harbor", ("%s %d %d"):format(how, fd, id))
	answer(connect_waiters, id)
end

local function expect_one_less()
	expected = expected - 1
	if expected <= 0 and starter then
		skynet.wakeup(starter)
	end
end

local function mark_down(id)
	if links[id] then
		links[id] = false
		answer(disconnect_waiters, id)
	end
end

-- What the master says.

local order = {}

local function connect(id, address)
	local fd, reason = socket.open(address)
	if not fd then
		return skynet.error(("Can't connect to %s: %s"):format(address, reason))
	end
	skynet.error(("Connect to harbor %d (fd=%d), %s"):format(id, fd, address))
	hand_over(fd, id, "S")
end

function order.C(id, address)
	if links[id] ~= nil then
		return skynet.error(("Slave %d exist (fd =%s)"):format(id, links[id] or "closed"))
	end
	-- An address that does not answer must not hold up what the master says next.
	skynet.fork(connect, id, address)
end

order.N = learn

order.D = mark_down

local function carry_out(kind, ...)
	local handler = order[kind]
	if not handler then
		return skynet.error("Invalid master message type " .. tostring(kind))
	end
	local ok, failure = pcall(handler, ...)
	if not ok then
		skynet.error(failure)
	end
end

local function take(kind, id, ...)
	if not postponed then
		return carry_out(kind, id, ...)
	end
	table.insert(postponed, table.pack(kind, id, ...))
	if kind == "C" then
		newer[id] = true
	elseif kind == "D" and links[id] == nil and not newer[id] then
		-- A node that died on its way here cannot be waited for.
		expect_one_less()
	end
end

local function serve_master()
	while true do
		local ok = pcall(function()
			take(packet.read(master))
		end)
		if not ok then
			break
		end
	end
	skynet.error "Master disconnect"
	local responses = master_waiters
	master_waiters = {}
	for _, respond in ipairs(responses) do
		respond(true)
	end
	socket.close(master)
end

--- From here on, what the master wants is done at once; what it wanted before comes first.
local function be_ready()
	local i = 1
	while postponed[i] do
		carry_out(table.unpack(postponed[i], 1, postponed[i].n))
		i = i + 1
	end
	postponed = nil
end

-- What other nodes do: those that are older connect to this one.

local function welcome(fd, peer)
	skynet.error(("New connection (fd = %d, %s)"):format(fd, peer))
	socket.start(fd)
	local number = socket.read(fd, 1)
	local id = number and number:byte()
	if not id or id == 0 then
		skynet.error(("Connection (fd =%d) closed"):format(fd))
	elseif links[id] ~= nil then
		skynet.error(("Slave %d exist (fd =%d)"):format(id, fd))
	else
		hand_over(fd, id, "A")
		skynet.error(("Harbor %d connected (fd = %d)"):format(id, fd))
		return expect_one_less()
	end
	socket.close(fd)
end

local function await_older_nodes(listener)
	if expected > 0 then
		starter = coroutine.running()
		socket.start(listener, welcome)
		while expected > 0 do
			skynet.wait(starter)
		end
		starter = nil
	end
	socket.close(listener)
end

-- What services of this node ask.

local command = {}

--- A name is bound once; messages held for it leave now, in the order they came.
function command.REGISTER(name, address)
	assert(names[name] == nil, "global name is registered already: " .. tostring(name))
	learn(name, address)
	tell_master("R", name, address)
end

function command.QUERYNAME(name)
	if name:sub(1, 1) == "." then
		return skynet.retpack(skynet.localname(name))
	end
	if names[name] then
		return skynet.retpack(names[name])
	end
	if not queries[name] then
		tell_master("Q", name)
	end
	append(queries, name, skynet.response())
end

function command.LINK(id)
	if links[id] then
		append(disconnect_waiters, id, skynet.response())
	else
		skynet.ret()
	end
end

function command.CONNECT(id)
	if links[id] then
		skynet.ret()
	else
		append(connect_waiters, id, skynet.response())
	end
end

function command.LINKMASTER()
	table.insert(master_waiters, skynet.response())
end

local report = {}

function report.Q(name)
	if names[name] then
		tell_harbor(name)
	else
		tell_master("Q", name)
	end
end

function report.D(id)
	mark_down(math.tointeger(id))
end

protocols.register(function(_, _, text)
	local kind, argument = string.match(text or "", "^(%u) (.+)$")
	local handler = report[kind]
	if handler then
		handler(argument)
	else
		skynet.error("Unknown command", text)
	end
end)

skynet.dispatch("lua", function(_, _, name, ...)
	local handler = assert(command[name], name)
	handler(...)
end)

local function setting(key, meaning)
	return skynet.getenv(key) or error(("cslave: the configuration has no '%s', %s"):format(key, meaning), 0)
end

skynet.start(function()
	local master_address = setting("master", "the address of the harbor network's master")
	local address = setting("address", "the address where this node listens for other nodes")
	local id = skynet.harbor(skynet.self())
	harbor = assert(skynet.launch("harbor", id, skynet.self()), "Can't launch the native harbor service")
	local listener = socket.listen(address)
	skynet.error("slave connect to master " .. master_address)
	master = assert(socket.open(master_address), "Can't connect to master")
	tell_master("H", id, address)
	local kind, count = packet.read(master)
	assert(kind == "W" and math.type(count) == "integer", "the master did not say how many nodes there are")
	skynet.error(("Waiting for %d harbors"):format(count))
	expected = count
	skynet.fork(serve_master)
	await_older_nodes(listener)
	skynet.error "Shakehand ready"
	skynet.fork(be_ready)
end)
