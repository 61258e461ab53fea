-- The sockets that skynet.socket knows in this service, and what the driver's messages do to them.
-- Requiring it registers the protocol `socket`.

local skynet = require "skynet"
local driver = require "skynet.socketdriver"

local type = type
local running = coroutine.running

local PAUSE_ABOVE = 128 * 1024 -- bytes buffered for nobody before reading pauses
local UNTIL_CLOSED = true -- the requirement of a reader that no amount of data satisfies

-- A requirement is a byte count, a separator, or UNTIL_CLOSED; nil when nobody waits.
---@class skynet.socket.record
---@field id integer
---@field connected boolean
---@field connecting boolean
---@field listening boolean? made by `listen`, to be taken over by `start`
---@field buffer userdata?
---@field callback function? of a listener or a UDP socket
---@field reader any the one coroutine that waits
---@field required integer|string|boolean|nil
---@field satisfied boolean?
---@field closing any the coroutine that waits for the reader to be done
---@field paused boolean?
---@field limit integer?
---@field on_warning function?
---@field failure string?

-- The sockets of a service end with it; their pending output is still sent.
---@type table<integer, skynet.socket.record>
local sockets = setmetatable({}, {
	__gc = function(known)
		for id in pairs(known) do
			driver.close(id)
		end
	end,
})
local onclose = {} -- id -> callback; kept apart, because a socket need not be known to have one
local pool = {} -- buffer nodes, shared by all sockets of the service

local function wake(s)
	local reader = s.reader
	if reader then
		s.reader = nil
		s.required = nil
		skynet.wakeup(reader)
	end
end

-- The yield lets the messages that are queued already be absorbed before anybody is told.
local function pause(s, size)
	if s.paused then
		return
	end
	driver.pause(s.id)
	s.paused = true
	skynet.error(size and ("Pause socket (%d) size : %d"):format(s.id, size) or ("Pause socket (%d)"):format(s.id))
	skynet.yield()
end

local function resume(s)
	skynet.error(("Resume socket (%d)"):format(s.id))
	driver.start(s.id)
	s.paused = false
end

-- Returns true when the requirement was met, false when the socket ended first.
local function wait(s, requirement)
	assert(not s.reader)
	local reader = running()
	s.reader = reader
	s.required = requirement
	s.satisfied = false
	if s.paused then
		resume(s)
	end
	skynet.wait(reader)
	if s.closing then
		skynet.wakeup(s.closing)
	end
	return s.satisfied
end

local function satisfy(s, size)
	s.satisfied = true
	s.required = nil
	if size > PAUSE_ABOVE then
		pause(s, size)
	end
	wake(s)
end

local function forget(s)
	if sockets[s.id] == s then
		sockets[s.id] = nil
	end
	if s.buffer then
		driver.clear(s.buffer, pool)
	end
end

local EVENT = {}

local DATA, CONNECT, CLOSE, ACCEPT, ERROR, UDP, WARNING = 1, 2, 3, 4, 5, 6, 7

local function overflow(s, size)
	skynet.error(("socket buffer overflow: fd=%d size=%d"):format(s.id, size))
	driver.close(s.id)
	s.limit = nil
	-- What is still queued must not satisfy the reader: it sees the end of the stream.
	if s.required then
		s.required = UNTIL_CLOSED
	end
end

EVENT[DATA] = function(id, size, data)
	local s = sockets[id]
	if not (s and s.buffer) then
		skynet.error("socket: drop package from " .. id)
		driver.drop(data, size)
		return
	end
	local buffered = driver.push(s.buffer, pool, data, size)
	local required = s.required
	local kind = type(required)
	if kind == "number" then
		if buffered >= required then
			satisfy(s, buffered)
		end
	elseif s.limit and buffered > s.limit then
		overflow(s, buffered)
	elseif kind == "string" then
		if driver.readline(s.buffer, nil, required) then
			satisfy(s, buffered)
		end
	elseif required == nil and buffered > PAUSE_ABOVE then
		pause(s, buffered)
	end
end

EVENT[CONNECT] = function(id, port, address)
	local s = sockets[id]
	if s and s.connecting then
		s.connecting = false
		s.connected = true
		s.address, s.port = address, port
		wake(s)
	end
end

EVENT[CLOSE] = function(id)
	local s = sockets[id]
	if s then
		s.connecting = false
		s.connected = false
		wake(s)
	else
		-- An accepted socket that nobody started, and whose peer has gone: nobody else will free it.
		driver.close(id)
	end
	local callback = onclose[id]
	if callback then
		onclose[id] = nil
		callback(id)
	end
end

EVENT[ACCEPT] = function(id, new_id, address)
	local s = sockets[id]
	if s and s.callback then
		s.callback(new_id, address)
	else
		driver.close(new_id)
	end
end

EVENT[ERROR] = function(id, _, text)
	local s = sockets[id]
	if not s then
		driver.shutdown(id)
		skynet.error("socket: error on unknown", id, text)
	elseif s.connecting then
		s.failure = text
	elseif s.accepts then
		skynet.error("socket: accept error:", text)
		return
	else
		skynet.error("socket: error on", id, text)
	end
	if s then
		s.connecting = false
		s.connected = false
		driver.shutdown(id)
		wake(s)
	end
end

EVENT[UDP] = function(id, size, data, address)
	local s = sockets[id]
	if not (s and s.callback) then
		skynet.error("socket: drop udp package from " .. id)
		driver.drop(data, size)
		return
	end
	local datagram = skynet.tostring(data, size)
	driver.drop(data, size)
	s.callback(datagram, address)
end

local function log_warning(id, kib)
	skynet.error(("WARNING: %d K bytes need to send out (fd = %d)"):format(kib, id))
end

EVENT[WARNING] = function(id, kib)
	local s = sockets[id]
	if s then
		(s.on_warning or log_warning)(id, kib)
	end
end

skynet.register_protocol {
	name = "socket",
	id = skynet.PTYPE_SOCKET,
	unpack = driver.unpack,
	dispatch = function(_, _, event, id, ud, data, address)
		EVENT[event](id, ud, data, address)
	end,
}

return {
	sockets = sockets,
	onclose = onclose,
	pool = pool,
	UNTIL_CLOSED = UNTIL_CLOSED,
	wait = wait,
	wake = wake,
	pause = pause,
	forget = forget,
}
