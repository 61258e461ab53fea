-- A Redis client. Commands of many coroutines share one connection, which is restored when it is lost.

local socketchannel = require "skynet.socketchannel"
local protocol = require "skynet.db.redis.protocol"

local compose = protocol.compose
local read_reply = protocol.read_reply

---@class skynet.db.redis.conf
---@field host string
---@field port? integer default 6379
---@field auth? string the password
---@field username? string
---@field db? integer
---@field overload? fun(overloaded: boolean)

---A connection: every Redis command is a method of it. A table as only argument is the list of arguments.
---@class skynet.db.redis.client
---@field channel skynet.socketchannel.channel
local client = {}

local function is_true(reply)
	return function(sock)
		local ok, result = reply(sock)
		if ok then
			result = result ~= 0
		end
		return ok, result
	end
end

-- Commands whose reply is a number but means yes or no.
local READ = {
	EXISTS = is_true(read_reply),
	SISMEMBER = is_true(read_reply),
}

local function bytes_of(name, ...)
	local first = ...
	if type(first) == "table" then
		return compose(name, first)
	end
	return compose(name, { ... }, select("#", ...))
end

local function make_command(name)
	name = name:upper()
	local read = READ[name] or read_reply
	return function(self, ...)
		return self.channel:request(bytes_of(name, ...), read)
	end
end

-- A command becomes a method when it is first used.
setmetatable(client, {
	__index = function(methods, name)
		local command = make_command(name)
		methods[name] = command
		return command
	end,
})

local client_meta = { __index = client }

---Closes the connection.
function client:disconnect()
	self.channel:close()
end

local function read_last(count)
	return function(sock)
		local ok, result
		for _ = 1, count do
			ok, result = read_reply(sock)
		end
		return ok, result
	end
end

local function read_each(count, results)
	return function(sock)
		for _ = 1, count do
			local ok, out = read_reply(sock)
			results[#results + 1] = { ok = ok, out = out }
		end
		return true, results
	end
end

---Sends many commands at once: `{ {"set", "a", 1}, {"get", "a"} }`. Returns the last reply, or with `results`
---that list, filled with one `{ ok =, out = }` for each command.
---@param commands any[][]
---@param results? table[]
---@return any
function client:pipeline(commands, results)
	assert(#commands > 0, "pipeline is empty")
	local bytes = {}
	for i, command in ipairs(commands) do
		bytes[i] = compose(command[1], { table.unpack(command, 2) })
	end
	local read = results and read_each(#commands, results) or read_last(#commands)
	return self.channel:request(table.concat(bytes), read)
end

local function log_in(conf, channel)
	if conf.auth then
		local credentials = conf.username and { conf.username, conf.auth } or { conf.auth }
		channel:request(compose("AUTH", credentials), read_reply)
	end
	if conf.db then
		channel:request(compose("SELECT", { conf.db }), read_reply)
	end
end

local function open_channel(conf, after_login)
	local channel = socketchannel.channel {
		host = conf.host,
		port = conf.port or 6379,
		auth = function(channel)
			log_in(conf, channel)
			if after_login then
				after_login(channel)
			end
		end,
		nodelay = true,
		overload = conf.overload,
	}
	channel:connect(true)
	return channel
end

---A connection that listens: what was published comes out of `message`.
---@class skynet.db.redis.watcher
---@field channel skynet.socketchannel.channel
---@field subscribed table<string, table<string, boolean>> by command
local watcher = {}
watcher.__index = watcher

local function subscribe_again(self, channel)
	for command, names in pairs(self.subscribed) do
		for name in pairs(names) do
			channel:request(compose(command, { name }))
		end
	end
end

local function make_subscribe(command)
	return function(self, ...)
		self.channel:request(compose(command, { ... }))
		for _, name in ipairs { ... } do
			self.subscribed[command][name] = true
		end
	end
end

local function make_unsubscribe(command, subscribe)
	return function(self, ...)
		self.channel:request(compose(command, { ... }))
		for _, name in ipairs { ... } do
			self.subscribed[subscribe][name] = nil
		end
		if select("#", ...) == 0 then
			self.subscribed[subscribe] = {}
		end
	end
end

watcher.subscribe = make_subscribe "SUBSCRIBE"
watcher.psubscribe = make_subscribe "PSUBSCRIBE"
watcher.unsubscribe = make_unsubscribe("UNSUBSCRIBE", "SUBSCRIBE")
watcher.punsubscribe = make_unsubscribe("PUNSUBSCRIBE", "PSUBSCRIBE")

---Closes the connection.
function watcher:disconnect()
	self.channel:close()
end

-- Every other kind of reply confirms a subscription, and nobody asked.
local MESSAGE = {
	message = function(reply)
		return reply[3], reply[2]
	end,
	pmessage = function(reply)
		return reply[4], reply[3], reply[2]
	end,
}

---Waits for the next message.
---@return string message
---@return string channel
---@return string? pattern
function watcher:message()
	while true do
		local reply = self.channel:response(read_reply)
		local take = MESSAGE[reply[1]]
		if take then
			return take(reply)
		end
	end
end

local redis = {}

---Connects, or raises.
---@param conf skynet.db.redis.conf
---@return skynet.db.redis.client
function redis.connect(conf)
	return setmetatable({ channel = open_channel(conf) }, client_meta)
end

---Connects to listen.
---@param conf skynet.db.redis.conf
---@return skynet.db.redis.watcher
function redis.watch(conf)
	local self = setmetatable({ subscribed = { SUBSCRIBE = {}, PSUBSCRIBE = {} } }, watcher)
	self.channel = open_channel(conf, function(channel)
		subscribe_again(self, channel)
	end)
	return self
end

return redis
