-- Services of other nodes. Every node has a name; a service there is a handle, `"@name"` or a local name.

local require = require -- scripts may replace it later
local skynet = require "skynet"

local cluster = {}

---@type integer? found at the first use: a `preload` script requires this before there are services
local clusterd
local senders = {} -- node -> the service that holds the connection to it

--- What is asked of a node before there is a sender waits here, in order, and is packed already: what is sent is what
--- the values were at the moment of the call. An entry without `token` is a push; one without `address` only waits.
---@class skynet.cluster.request
---@field address integer|string?
---@field msg lightuserdata?
---@field size integer?
---@field token table?  who waits for its turn
---@field sender integer?  what became of it

---@type table<string, { [integer]: skynet.cluster.request, first: integer, last: integer }>
local pending = {}

local function ask(...)
	clusterd = clusterd or skynet.uniqueservice "clusterd"
	return skynet.call(clusterd, "lua", ...)
end

local function push(sender, request)
	skynet.send(sender, "lua", "push", request.address, request.msg, request.size)
end

local function discard(request)
	if request.msg then
		skynet.trash(request.msg, request.size)
	end
end

-- Serves the queue up to the next who waits for his turn, and the rest once he has sent: the scheduler resumes who was
-- woken before it begins what was forked. What is asked meanwhile joins the end, so the sender becomes known to all only
-- when the queue is empty.
local function serve_queue(node, sender)
	local queue = pending[node]
	while queue.first <= queue.last do
		local request = queue[queue.first]
		queue[queue.first] = nil
		queue.first = queue.first + 1
		request.sender = sender
		if not request.token then
			if sender then
				push(sender, request)
			else
				discard(request)
			end
		elseif skynet.wakeup(request.token) then
			skynet.fork(serve_queue, node, sender)
			return
		else
			-- Its coroutine was ended.
			discard(request)
		end
	end
	pending[node] = nil
	senders[node] = sender
end

local function obtain(node)
	local ok, sender = pcall(ask, "sender", node)
	if not ok then
		skynet.error(("no sender for cluster node [%s] : %s"):format(node, sender))
		sender = nil
	end
	serve_queue(node, sender)
end

local function enqueue(node, request)
	local queue = pending[node]
	if not queue then
		queue = { first = 1, last = 0 }
		pending[node] = queue
		skynet.fork(obtain, node)
	end
	queue.last = queue.last + 1
	queue[queue.last] = request
end

local function await_turn(node, request)
	request.token = {}
	enqueue(node, request)
	skynet.wait(request.token)
	return request.sender
end

---The service that sends to a node. May wait for the node to become known.
---@param node string
---@return integer? sender nil when the node cannot be reached
function cluster.get_sender(node)
	return senders[node] or await_turn(node, {})
end

local function request(node, address, msg, size)
	local sender = senders[node]
	if not sender then
		local waiting = { address = address, msg = msg, size = size }
		sender = await_turn(node, waiting)
		if not sender then
			discard(waiting)
			error "dest address type (nil) must be a string or number."
		end
	end
	return skynet.call(sender, "lua", "req", address, msg, size)
end

---Calls a service of another node.
---@param node string
---@param address integer|string
---@return any ...
function cluster.call(node, address, ...)
	return request(node, address, skynet.pack(...))
end

---Sends to a service of another node. Neither waits nor fails.
---@param node string
---@param address integer|string
function cluster.send(node, address, ...)
	local request = { address = address }
	request.msg, request.size = skynet.pack(...)
	local sender = senders[node]
	if sender then
		push(sender, request)
	else
		enqueue(node, request)
	end
end

---Opens this node to others, at a port or at the address that the configuration gives to a node's name.
---@param port integer|string
---@param maxclient? integer
---@return string address
---@return integer port
function cluster.open(port, maxclient)
	if type(port) == "string" then
		return ask("listen", port, nil, maxclient)
	end
	return ask("listen", "0.0.0.0", port, maxclient)
end

---Reads the configuration file again, or merges a table into what is known.
---@param config? table<string, string|boolean>
function cluster.reload(config)
	ask("reload", config)
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
	return ask("proxy", node, name)
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
	ask("register", name, address or skynet.self())
end

---@param name string
function cluster.unregister(name)
	assert(type(name) == "string")
	ask("unregister", name)
end

---The handle that a node has registered under a name.
---@param node string
---@param name string without `@`
---@return integer handle
function cluster.query(node, name)
	return request(node, 0, skynet.pack(name))
end

return cluster
