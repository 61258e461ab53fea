-- One listener, its clients, and their traffic cut into packets (two-byte big-endian length, then that many bytes).
-- The module keeps its state per service: a service is one gate.

local skynet = require "skynet"
local core = require "skynet.core"
local netpack = require "skynet.netpack"
local driver = require "skynet.socketdriver"

local assert = assert
local filter = netpack.filter
local pop = netpack.pop
local fork = skynet.fork

---@class snax.gateserver.conf
---@field address? string where to listen: a host, or `host:port`; default `0.0.0.0`
---@field port? integer|string may be nil when the address carries it
---@field maxclient? integer at most `maxclient - 1` clients are admitted at a time; default 1024
---@field nodelay? boolean sets TCP_NODELAY on every client
---@field backlog? integer default 32

---@class snax.gateserver.handler
---@field connect fun(fd: integer, address: string) a client was admitted; nothing is read until `openclient`
---@field message fun(fd: integer, msg: lightuserdata, sz: integer) one packet, owned by the handler
---@field disconnect? fun(fd: integer) also called for a client that never had `connect`
---@field error? fun(fd: integer, text: string)
---@field warning? fun(fd: integer, kib: integer) 0 means that everything was written
---@field open? fun(source: integer, conf: snax.gateserver.conf): ... the results are the reply of `open`
---@field command? fun(cmd: string, source: integer, ...): ... the results are the reply of `cmd`
---@field embed? boolean `start` only registers, and is called inside your own `skynet.start` function

local gateserver = {}

local handler ---@type snax.gateserver.handler
local queue -- the packet queue; filter may replace it on every call
local listener -- the id of the listening socket
local opening -- the one pending `open`: { waiter =, address =, port =, failure = }
local opened = false
local population = 0 -- everyone accepted and not yet seen closing, the refused included
local capacity
local nodelay = false

-- true: alive; false: its close was seen, but nobody has called closeclient; nil: unknown.
local clients = {}

---Begins to read from a client. The gate stays the owner of the socket.
---@param fd integer
function gateserver.openclient(fd)
	if clients[fd] then
		driver.start(fd)
	end
end

---Closes a client, and frees the socket of one that the peer has closed already.
---@param fd integer
function gateserver.closeclient(fd)
	if clients[fd] ~= nil then
		clients[fd] = nil
		driver.close(fd)
	end
end

local COMMAND = {}

local function await_listener()
	opening.waiter = coroutine.running()
	skynet.wait(opening.waiter)
	local result = opening
	opening = nil
	if result.failure then
		listener = nil
		error(result.failure)
	end
	opened = true
	return result.address, result.port
end

local function warn_of_limit()
	local files = core.intcommand "OPENFILES"
	if files and capacity > files then
		skynet.error(string.format(
			"maxclient = %d, but this process may have only %d files open (ulimit -n)", capacity, files))
	end
end

function COMMAND.open(source, conf)
	assert(not listener)
	-- A second life would inherit the first one's clients and their count.
	assert(not opened, "a gate can be opened only once")
	local address = conf.address or "0.0.0.0"
	capacity = conf.maxclient or 1024
	nodelay = conf.nodelay
	warn_of_limit()
	local asked = conf.port
	listener = driver.listen(address, asked, conf.backlog)
	opening = {}
	conf.address, conf.port = await_listener()
	-- A port that the system chose is told, for nobody could know it; else the words are those of the caller.
	local port = tonumber(asked) == 0 and conf.port or asked
	skynet.error("Listen on " .. address .. (port and " " .. port or ""))
	driver.start(listener)
	if handler.open then
		return handler.open(source, conf)
	end
end

function COMMAND.close()
	assert(listener)
	driver.close(listener)
end

local function settle_opening(field, value, port)
	opening[field] = value
	opening.port = port
	skynet.wakeup(opening.waiter)
end

-- A packet may outlive its client in the queue, so each one asks anew.
local function deliver(fd, msg, sz)
	if clients[fd] then
		handler.message(fd, msg, sz)
	else
		skynet.error(string.format("Drop message from fd (%d) : %s", fd, netpack.tostring(msg, sz)))
	end
end

-- The fork stands by in case a handler yields or raises: it then takes over the rest of the queue, in order.
local function deliver_batch()
	local fd, msg, sz = pop(queue)
	if not fd then
		return
	end
	fork(deliver_batch)
	repeat
		deliver(fd, msg, sz)
		-- The queue is read afresh: while a handler was waiting it may have been replaced by a larger one.
		fd, msg, sz = pop(queue)
	until not fd
end

local EVENT = {
	data = deliver,
	more = deliver_batch,
}

function EVENT.init(fd, address, port)
	if opening and fd == listener then
		settle_opening("address", address, port)
	end
end

function EVENT.open(fd, address)
	population = population + 1
	if population >= capacity then
		-- Its close event takes it off the count again.
		driver.shutdown(fd)
		return
	end
	if nodelay then
		driver.nodelay(fd)
	end
	clients[fd] = true
	handler.connect(fd, address)
end

function EVENT.close(fd)
	if fd == listener then
		listener = nil
		return
	end
	population = population - 1
	if clients[fd] then
		clients[fd] = false
	end
	if handler.disconnect then
		handler.disconnect(fd)
	end
end

EVENT["error"] = function(fd, text)
	if fd == listener then
		skynet.error("gateserver accept error: " .. text)
		if opening then
			settle_opening("failure", text)
		end
		return
	end
	driver.shutdown(fd)
	if handler.error then
		handler.error(fd, text)
	end
end

function EVENT.warning(fd, kib)
	if handler.warning then
		handler.warning(fd, kib)
	end
end

local function register_socket()
	skynet.register_protocol {
		name = "socket",
		id = skynet.PTYPE_SOCKET,
		unpack = function(msg, sz)
			return filter(queue, msg, sz)
		end,
		dispatch = function(_, _, current, event, fd, x, y)
			queue = current
			if event then
				EVENT[event](fd, x, y)
			end
		end,
		-- The queue has no finalizer of its own. The protocol lives as long as the service, and so does this.
		sweeper = setmetatable({}, {
			__gc = function()
				netpack.clear(queue)
			end,
		}),
	}
end

local function take_over_lua()
	skynet.dispatch("lua", function(_, source, cmd, ...)
		local command = COMMAND[cmd]
		if command then
			skynet.retpack(command(source, ...))
		else
			skynet.retpack(handler.command(cmd, source, ...))
		end
	end)
end

---Makes this service a gate. It opens its port when it gets the lua command `open`.
---@param gate_handler snax.gateserver.handler
function gateserver.start(gate_handler)
	assert(gate_handler.message)
	assert(gate_handler.connect)
	handler = gate_handler
	register_socket()
	if handler.embed then
		take_over_lua()
	else
		skynet.start(take_over_lua)
	end
end

return gateserver
