-- Services of other nodes. Every node has a name; a service there is a handle, `"@name"` or a local name.

local require = require -- scripts may replace it later
local skynet = require "skynet"

local cluster = {}

local clusterd
local senders = {} -- node -> the service that holds the connection to it
local pending = {} -- node -> { pushes =, waiters = }, until there is a sender

skynet.init(function()
	clusterd = skynet.uniqueservice "clusterd"
end)

local function push_to(sender, push)
	skynet.send(sender, "lua", "push", push.address, push.msg, push.size)
end

-- What was pushed while there was no sender goes out first, then those who wait may go on.
local function settle(node, sender)
	local queue = pending[node]
	pending[node] = nil
	senders[node] = sender
	for _, push in ipairs(queue.pushes) do
		if sender then
			push_to(sender, push)
		else
			skynet.trash(push.msg, push.size)
		end
	end
	for _, waiter in ipairs(queue.waiters) do
		skynet.wakeup(waiter)
	end
end

local function obtain(node)
	local ok, sender = pcall(skynet.call, clusterd, "lua", "sender", node)
	if not ok then
		skynet.error(("no sender for cluster node [%s] : %s"):format(node, sender))
		sender = nil
	end
	settle(node, sender)
end

local function queue_for(node)
	local queue = pending[node]
	if not queue then
		queue = { pushes = {}, waiters = {} }
		pending[node] = queue
		skynet.fork(obtain, node)
	end
	return queue
end

---The service that sends to a node. May wait for the node to become known.
---@param node string
---@return integer? sender nil when the node cannot be reached
function cluster.get_sender(node)
	if not senders[node] then
		local waiter = {}
		table.insert(queue_for(node).waiters, waiter)
		skynet.wait(waiter)
	end
	return senders[node]
end

local function demand_sender(node)
	local sender = cluster.get_sender(node)
	if not sender then
		error "dest address type (nil) must be a string or number."
	end
	return sender
end

---Calls a service of another node.
---@param node string
---@param address integer|string
---@return any ...
function cluster.call(node, address, ...)
	local sender = demand_sender(node)
	return skynet.call(sender, "lua", "req", address, skynet.pack(...))
end

---Sends to a service of another node. Neither waits nor fails.
---@param node string
---@param address integer|string
function cluster.send(node, address, ...)
	local push = { address = address }
	push.msg, push.size = skynet.pack(...)
	local sender = senders[node]
	if sender then
		push_to(sender, push)
	else
		table.insert(queue_for(node).pushes, push)
	end
end

---Opens this node to others, at a port or at the address that the configuration gives to a node's name.
---@param port integer|string
---@param maxclient? integer
---@return string address
---@return integer? port
function cluster.open(port, maxclient)
	if type(port) == "string" then
		return skynet.call(clusterd, "lua", "listen", port, nil, maxclient)
	end
	return skynet.call(clusterd, "lua", "listen", "0.0.0.0", port, maxclient)
end

---Reads the configuration file again, or merges a table into what is known.
---@param config? table<string, string|boolean>
function cluster.reload(config)
	skynet.call(clusterd, "lua", "reload", config)
end

---A local stand-in for a service of another node.
---@param node string or both in one: `"node@name"`, `"node.name"`
---@param name? integer|string
---@return integer handle
function cluster.proxy(node, name)
	if name == nil then
		node, name = node:match "^([^@.]+)([@.].+)$"
		assert(node, "a proxy is node@name or node.name")
	end
	return skynet.call(clusterd, "lua", "proxy", node, name)
end

---A snax object for a service of another node.
---@param node string
---@param name string
---@param address? integer|string
---@return table
function cluster.snax(node, name, address)
	local snax = require "skynet.snax"
	if not address then
		address = cluster.call(node, ".service", "QUERY", "snaxd", name)
	end
	return snax.bind(cluster.proxy(node, address), name)
end

---Publishes a service under a name that no other has.
---@param name string
---@param address? integer default this service
function cluster.register(name, address)
	assert(type(name) == "string")
	assert(address == nil or type(address) == "number")
	skynet.call(clusterd, "lua", "register", name, address or skynet.self())
end

---@param name string
function cluster.unregister(name)
	assert(type(name) == "string")
	skynet.call(clusterd, "lua", "unregister", name)
end

---The handle that a node has registered under a name.
---@param node string
---@param name string without `@`
---@return integer handle
function cluster.query(node, name)
	return skynet.call(demand_sender(node), "lua", "req", 0, skynet.pack(name))
end

return cluster
