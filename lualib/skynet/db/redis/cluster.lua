-- A client of Redis Cluster: every command goes to the node that holds its key, and follows when a key has moved.

local skynet = require "skynet"
local redis = require "skynet.db.redis"
local socketchannel = require "skynet.socketchannel"
local crc16 = require "skynet.db.redis.crc16"

local SLOTS = 16384
local MOST_TRIES = 16
local RETRY_DELAY = 10 -- ticks

---@class skynet.db.redis.cluster.node
---@field host string
---@field port integer
---@field name? string `host:port`

---@class skynet.db.redis.cluster.client
local client = {}

---@param n skynet.db.redis.cluster.node
function client:set_node_name(n)
	n.name = n.name or n.host .. ":" .. n.port
end

---A new connection to a node.
---@param host string
---@param port integer
---@return skynet.db.redis.client
function client:get_redis_link(host, port)
	local opt = self.opt
	return redis.connect { host = host, port = port, auth = opt.auth, username = opt.username, overload = opt.overload }
end

local function remember_node(self, known, host, port)
	local node = { host = host, port = port }
	self:set_node_name(node)
	if not known[node.name] then
		known[node.name] = node
		table.insert(self.startup_nodes, node)
	end
	return known[node.name]
end

-- One range of `CLUSTER SLOTS`: first, last, the master, and its replicas.
local function take_range(self, known, range, asked)
	local first, last, master = range[1], range[2], range[3]
	local host = master[1]
	if not host or host == "" then
		host = asked.host
	end
	local node = remember_node(self, known, host, master[2])
	for slot = first, last do
		self.slots[slot] = node
	end
end

local function ask_for_slots(self, node)
	local link = self:get_redis_link(node.host, node.port)
	local ok, ranges = pcall(link.cluster, link, "slots")
	link:disconnect()
	if not ok then
		error(ranges, 0)
	end
	return ranges
end

---Asks the nodes, one after the other, who holds which slots. Raises when none answers.
function client:initialize_slots_cache()
	local known = {}
	for _, node in ipairs(self.startup_nodes) do
		self:set_node_name(node)
		known[node.name] = node
	end
	local why = "no nodes"
	for _, node in ipairs { table.unpack(self.startup_nodes) } do
		local ok, ranges = pcall(ask_for_slots, self, node)
		if ok then
			self.slots = {}
			for _, range in ipairs(ranges) do
				take_range(self, known, range, node)
			end
			self.refresh_table_asap = false
			return
		end
		why = ranges
	end
	error("no Redis Cluster node answers: " .. tostring(why))
end

---Forgets who holds which slots.
function client:flush_slots_cache()
	self.slots = {}
end

---The slot of a key. Only what stands between the first `{` and the next `}` counts, if anything does.
---@param key string
---@return integer
function client:keyslot(key)
	key = tostring(key)
	local tag = key:match "^[^{]*{([^}]+)}"
	return crc16(tag or key) % SLOTS
end

-- Where the key is not the first argument; false: the command has none.
local KEY_POSITION = {
	info = false,
	multi = false,
	exec = false,
	slaveof = false,
	replicaof = false,
	config = false,
	shutdown = false,
	eval = 4,
	evalsha = 4,
	xread = false,
	xreadgroup = false,
}

---@param argv any[] the command's name and its arguments
---@return any? key
function client:get_key_from_command(argv)
	local position = KEY_POSITION[tostring(argv[1]):lower()]
	if position == nil then
		position = 2
	end
	return position and argv[position]
end

---Closes one connection, when there are as many as there may be.
function client:close_existing_connection()
	local count, oldest = 0, nil
	for name in pairs(self.connections) do
		count = count + 1
		oldest = oldest or name
	end
	if count >= self.max_connections then
		self.connections[oldest]:disconnect()
		self.connections[oldest] = nil
	end
end

---Closes every connection, the watching ones too.
function client:close_all_connection()
	for _, connections in ipairs { self.connections, self.watches } do
		for name, connection in pairs(connections) do
			pcall(connection.disconnect, connection)
			connections[name] = nil
		end
	end
end

---The connection to a node, opened when it is first needed.
---@param node skynet.db.redis.cluster.node
---@return skynet.db.redis.client
function client:get_connection(node)
	self:set_node_name(node)
	local name = node.name
	if not self.connections[name] then
		self:close_existing_connection()
		local made = self:get_redis_link(node.host, node.port)
		if self.connections[name] then
			-- Connecting waits, and another coroutine was faster.
			made:disconnect()
		else
			self.connections[name] = made
		end
	end
	return self.connections[name]
end

local function any_node(self)
	return self.startup_nodes[math.random(#self.startup_nodes)]
end

---A connection to any node that can be reached.
---@return skynet.db.redis.client
function client:get_random_connection()
	local first = math.random(#self.startup_nodes)
	local why
	for i = 0, #self.startup_nodes - 1 do
		local node = self.startup_nodes[(first + i - 1) % #self.startup_nodes + 1]
		local ok, connection = pcall(self.get_connection, self, node)
		if ok then
			return connection
		end
		why = connection
	end
	error("no Redis Cluster node answers: " .. tostring(why))
end

---@param slot integer
---@return skynet.db.redis.client
function client:get_connection_by_slot(slot)
	local node = self.slots[slot]
	if not node then
		return self:get_random_connection()
	end
	return self:get_connection(node)
end

-- Runs until the connection is closed for good.
local function read_messages(self, watch)
	while true do
		local ok, message, channel, pattern = pcall(watch.message, watch)
		if ok then
			skynet.fork(self.onmessage, message, channel, pattern)
		elseif self.watches[watch.node_name] ~= watch then
			return
		else
			skynet.sleep(RETRY_DELAY)
		end
	end
end

---A watching connection to a node; what it hears goes to `onmessage`.
---@param node skynet.db.redis.cluster.node
---@return skynet.db.redis.watcher
function client:get_watch_connection(node)
	assert(self.onmessage, "subscribing needs onmessage")
	self:set_node_name(node)
	local watch = self.watches[node.name]
	if not watch then
		watch = redis.watch {
			host = node.host,
			port = node.port,
			auth = self.opt.auth,
			username = self.opt.username,
		}
		watch.node_name = node.name
		self.watches[node.name] = watch
		skynet.fork(read_messages, self, watch)
	end
	return watch
end

---@param slot integer
---@return skynet.db.redis.watcher
function client:get_watch_connection_by_slot(slot)
	return self:get_watch_connection(self.slots[slot] or any_node(self))
end

local function make_subscription(method)
	return function(self, ...)
		for _, name in ipairs { ... } do
			local watch = self:get_watch_connection_by_slot(self:keyslot(name))
			watch[method](watch, name)
		end
	end
end

client.subscribe = make_subscription "subscribe"
client.psubscribe = make_subscription "psubscribe"
client.unsubscribe = make_subscription "unsubscribe"
client.punsubscribe = make_subscription "punsubscribe"

-- What to do about a refusal. Each returns the node to try next (nil: whoever holds the slot), and whether to ask
-- it for a key that is under way.
local REFUSAL = {}

function REFUSAL.MOVED(self, slot, host, port)
	local node = { host = host, port = port }
	self:set_node_name(node)
	self.slots[slot] = node
	self.refresh_table_asap = true
	return node, false
end

function REFUSAL.ASK(_, _, host, port)
	return { host = host, port = port }, true
end

local function wait_a_little()
	skynet.sleep(RETRY_DELAY)
end

REFUSAL.TRYAGAIN = wait_a_little
REFUSAL.CLUSTERDOWN = wait_a_little

local function refusal_of(failure)
	if type(failure) == "string" then
		return REFUSAL[failure:match "^(%u+)"]
	elseif failure == socketchannel.error then
		return wait_a_little
	end
	-- A list with errors in it: the node has done its work.
	return nil
end

local function target_of(failure)
	local slot, host, port = tostring(failure):match "^%u+ (%d+) (.-):(%d+)"
	return math.tointeger(tonumber(slot)), host, math.tointeger(tonumber(port))
end

local function try(self, slot, node, asking, perform)
	local connection = node and self:get_connection(node) or self:get_connection_by_slot(slot)
	if asking then
		connection:asking()
	end
	return perform(connection)
end

local function perform_by_key(self, key, perform)
	if self.refresh_table_asap then
		self:initialize_slots_cache()
	end
	local slot = self:keyslot(key)
	local node, asking, failure
	for _ = 1, MOST_TRIES do
		local ok, result = pcall(try, self, slot, node, asking, perform)
		if ok then
			return result
		end
		failure = result
		local handle = refusal_of(failure) or error(failure, 0)
		if handle == wait_a_little then
			-- The node may have gone; the others know who has taken over.
			self.refresh_table_asap = not pcall(self.initialize_slots_cache, self)
		end
		node, asking = handle(self, target_of(failure))
	end
	error(failure, 0)
end

---Performs a command.
---@param command string
---@return any
function client:call(command, ...)
	local argv = table.pack(command, ...)
	if type(argv[2]) == "table" then
		argv = { command, table.unpack(argv[2]) }
		argv.n = #argv
	end
	local key = self:get_key_from_command(argv)
	if key == nil or key == false then
		error("No way to dispatch this command to Redis Cluster: " .. tostring(command))
	end
	return perform_by_key(self, key, function(connection)
		return connection[command](connection, table.unpack(argv, 2, argv.n))
	end)
end

---Performs many commands at once, where the first one's key is. The others' keys must be in the same slot.
---@param commands any[][]
---@param results? table[]
---@return any
function client:pipeline(commands, results)
	local key = self:get_key_from_command(commands[1])
	return perform_by_key(self, key, function(connection)
		return connection:pipeline(commands, results)
	end)
end

-- A command becomes a method when it is first used.
setmetatable(client, {
	__index = function(methods, name)
		local function command(self, ...)
			return self:call(name, ...)
		end
		methods[name] = command
		return command
	end,
})

local client_meta = { __index = client }

local cluster = {}

---Finds out about a cluster from any of its nodes.
---@param startup_nodes skynet.db.redis.cluster.node[] or one of them
---@param opt? {auth: string?, username: string?, max_connections: integer?, overload: function?}
---@param onmessage? fun(message: string, channel: string, pattern: string?)
---@return skynet.db.redis.cluster.client
function cluster.new(startup_nodes, opt, onmessage)
	if startup_nodes.host then
		startup_nodes = { startup_nodes }
	end
	opt = opt or {}
	local self = setmetatable({
		startup_nodes = { table.unpack(startup_nodes) },
		opt = opt,
		max_connections = opt.max_connections or 256,
		connections = {},
		watches = {},
		slots = {},
		refresh_table_asap = false,
		onmessage = onmessage or false,
	}, client_meta)
	self:initialize_slots_cache()
	return self
end

return cluster
