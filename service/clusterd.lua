-- Accepts lua: reload, sender, senders, listen, proxy, register, unregister, queryname, from skynet.cluster and agents.
-- Accepts lua "socket" open, close, error and others from the gates that other nodes connect to.

local skynet = require "skynet"
local core = require "skynet.cluster.core"

local my_name = core.nodename()

local addresses = {} -- node -> "host:port", or false: the node is down
local nowaiting = false
local waiting = {} -- tokens of those who wait for any change of `addresses`

local senders = {} -- node -> clustersender
local connected = {} -- node -> the address its sender was last told, while that works
local connecting = {} -- node -> tokens of those who share the attempt

local proxies = {} -- "node address" -> clusterproxy
local names = {} -- registered name -> handle
local names_of = {} -- handle -> registered name
local agents = {} -- gate -> fd -> clusteragent; false while it is being launched

local CMD = {}
local SOCKET = {}
local OPTION = {}

local function wake_all(tokens)
	for _, token in ipairs(tokens) do
		skynet.wakeup(token)
	end
end

local function wait_in(list)
	local token = {}
	table.insert(list, token)
	skynet.wait(token)
end

local function split(address)
	local host, port = address:match "^%[?(.-)%]?:(%d+)$"
	assert(host, "Invalid address " .. address)
	return host, tonumber(port)
end

local function address_of(node)
	if addresses[node] == nil and not nowaiting then
		skynet.error(("Waiting for cluster node [%s]"):format(node))
		repeat
			wait_in(waiting)
		until addresses[node] ~= nil or nowaiting
		skynet.error(("Cluster node [%s] resolved : %s"):format(node, addresses[node]))
	end
	local address = addresses[node]
	if address == nil then
		error(("cluster node [%s] is absent."):format(node), 0)
	elseif not address then
		error(("cluster node [%s] is down."):format(node), 0)
	end
	return address
end

local function change_node(node, address)
	local sender = senders[node]
	if not address then
		connected[node] = nil
		skynet.call(sender, "lua", "changenode", false)
		return
	end
	local host, port = split(address)
	local ok = pcall(skynet.call, sender, "lua", "changenode", host, port)
	connected[node] = ok and address or nil
	if not ok then
		error(("changenode [%s] (%s) failed"):format(node, address), 0)
	end
end

local function connect(node)
	local address = address_of(node)
	if not senders[node] then
		senders[node] = skynet.newservice("clustersender", node, my_name, split(address))
	end
	if connected[node] ~= address then
		change_node(node, address)
	end
end

-- Requests for one node share one attempt.
local function connect_together(node)
	local others = connecting[node]
	if others then
		wait_in(others)
		return connected[node] ~= nil
	end
	connecting[node] = {}
	local ok, why = pcall(connect, node)
	others = connecting[node]
	connecting[node] = nil
	wake_all(others)
	if not ok then
		skynet.error(why)
	end
	return ok
end

function CMD.sender(_, node)
	if not connected[node] then
		assert(connect_together(node), "no sender")
	end
	return senders[node]
end

function CMD.senders()
	return senders
end

function OPTION.__nowaiting(value)
	nowaiting = value
end

local function change_in_background(node, address)
	local ok, why = pcall(change_node, node, address)
	if not ok then
		skynet.error(why)
	end
end

local function take_entry(name, value)
	if name:sub(1, 2) == "__" then
		local option = assert(OPTION[name], "unknown option " .. name)
		option(value)
		skynet.error(("Config %s = %s"):format(name:sub(3), value))
		return
	end
	assert(value == false or type(value) == "string", "Invalid address of node " .. name)
	if addresses[name] ~= value then
		addresses[name] = value
		if senders[name] then
			skynet.fork(change_in_background, name, value)
		end
	end
end

local function read_file()
	local path = skynet.getenv "cluster"
	local config = {}
	if path then
		-- loadfile would answer what the file said when it was first read.
		local file = assert(io.open(path))
		local source = file:read "a"
		file:close()
		local chunk = assert(load(source, "@" .. path, "t", config))
		chunk()
	end
	return config
end

function CMD.reload(_, config)
	for name, value in pairs(config or read_file()) do
		take_entry(name, value)
	end
	local tokens = waiting
	waiting = {}
	wake_all(tokens)
	return nil
end

function CMD.listen(_, address, port, maxclient)
	if port == nil then
		address, port = split(addresses[address] or error(address .. " is down"))
	end
	local gate = skynet.newservice "gate"
	agents[gate] = {}
	return skynet.call(gate, "lua", "open", {
		address = address,
		port = port,
		maxclient = maxclient,
		nodelay = true,
	})
end

function CMD.proxy(_, node, address)
	local key = node .. " " .. address
	local proxy = proxies[key]
	if proxy == nil then
		local made = skynet.newservice("clusterproxy", node, address)
		proxy = proxies[key]
		if proxy then
			-- Somebody else was faster; one pair has one stand-in.
			skynet.send(made, "debug", "EXIT")
		else
			proxies[key] = made
			proxy = made
		end
	end
	return proxy
end

-- Agents remember what names mean; they must ask again.
local function names_have_changed()
	for _, of_gate in pairs(agents) do
		for _, agent in pairs(of_gate) do
			if agent then
				skynet.send(agent, "lua", "namechange")
			end
		end
	end
end

function CMD.register(_, name, address)
	assert(names[name] == nil, "name is in use")
	local before = names_of[address]
	if before then
		names[before] = nil
	end
	names[name] = address
	names_of[address] = name
	names_have_changed()
	skynet.error(("Register [%s] :%08x"):format(name, address))
end

function CMD.unregister(_, name)
	local address = names[name]
	if address then
		names[name] = nil
		names_of[address] = nil
		names_have_changed()
		skynet.error(("Unregister [%s] :%08x"):format(name, address))
	end
end

function CMD.queryname(_, name)
	return names[name]
end

local function part_with(gate, fd)
	local agent = agents[gate][fd]
	agents[gate][fd] = nil
	-- The peer may have closed only its half.
	skynet.send(gate, "lua", "kick", fd)
	if agent then
		skynet.send(agent, "lua", "exit")
	end
end

function SOCKET.open(gate, fd, address)
	skynet.error("socket accept from " .. address)
	agents[gate][fd] = false
	local ok, agent = pcall(skynet.newservice, "clusteragent", skynet.self(), gate, fd)
	if not ok then
		part_with(gate, fd)
	elseif agents[gate][fd] == nil then
		-- The connection has gone while its agent was being launched.
		skynet.send(agent, "lua", "exit")
	else
		agents[gate][fd] = agent
	end
end

SOCKET.close = part_with

SOCKET["error"] = function(gate, fd, text)
	skynet.error(("socket error %d : %s"):format(fd, text))
	part_with(gate, fd)
end

-- Warnings, and packets in front of their agent, which belong to nobody.
local function note(what, fd, text)
	skynet.error(("socket %s %s %s"):format(what, fd, text or ""))
end

skynet.start(function()
	CMD.reload()
	skynet.dispatch("lua", function(_, source, cmd, subcmd, ...)
		if cmd == "socket" then
			local handle = SOCKET[subcmd]
			if handle then
				handle(source, ...)
			else
				note(subcmd, ...)
			end
		else
			local command = assert(CMD[cmd], "unknown command")
			skynet.retpack(command(source, subcmd, ...))
		end
	end)
end)
