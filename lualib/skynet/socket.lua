-- Sockets for coroutines: what the driver reports as messages, this module turns into calls that wait.
-- It owns the protocol `socket` of its service, so it cannot live beside snax.gateserver.

local skynet = require "skynet"
local driver = require "skynet.socketdriver"
local inbox = require "skynet.socket.inbox"

local assert = assert
local sockets = inbox.sockets
local onclose = inbox.onclose
local pool = inbox.pool
local wait = inbox.wait
local wake = inbox.wake
local forget = inbox.forget
local UNTIL_CLOSED = inbox.UNTIL_CLOSED

local socket = {}

-- Puts a socket into the table and waits until it is connected, or has failed.
local function adopt(id, callback)
	local known = sockets[id]
	assert(not known or known.listening, "socket is not closed")
	assert(not onclose[id], "socket has onclose callback")
	local s = {
		id = id,
		connected = false,
		connecting = true,
		buffer = not callback and driver.buffer() or nil,
		callback = callback,
		accepts = callback ~= nil,
	}
	sockets[id] = s
	wait(s, UNTIL_CLOSED)
	if s.connected then
		return id
	end
	forget(s)
	return nil, s.failure
end

---Connects to a peer. The host may carry the port: `"127.0.0.1:80"`, `"[::1]:80"`.
---@param host string
---@param port? integer
---@return integer? id
---@return string? error
function socket.open(host, port)
	local id = driver.connect(host, port)
	if id < 0 then
		-- No message will ever come for it.
		return nil, "can't connect to " .. host
	end
	return adopt(id)
end

---Adopts a descriptor of the operating system.
---@param os_fd integer
---@return integer? id
---@return string? error
function socket.bind(os_fd)
	return adopt(driver.bind(os_fd))
end

---Adopts the standard input.
---@return integer? id
---@return string? error
function socket.stdin()
	return socket.bind(0)
end

---Begins to read from a socket, or with `func` to accept from a listener: `func(new_id, address)` for each client.
---@param id integer
---@param func? fun(id: integer, address: string)
---@return integer? id
---@return string? error
function socket.start(id, func)
	driver.start(id)
	return adopt(id, func)
end

---Listens, and returns the address that it got. Nothing is accepted until `start`.
---@param host string
---@param port? integer
---@param backlog? integer
---@return integer id
---@return string ip
---@return integer port
function socket.listen(host, port, backlog)
	local id = driver.listen(host, port, backlog)
	local s = { id = id, connected = false, connecting = true, listening = true }
	sockets[id] = s
	wait(s, UNTIL_CLOSED)
	if not s.connected then
		forget(s)
		error(s.failure or "Listen error")
	end
	return id, s.address, s.port
end

---Stops reading; the next coroutine that has to wait for data resumes.
---@param id integer
function socket.pause(id)
	local s = sockets[id]
	if s then
		inbox.pause(s)
	end
end

-- Everything that is left, as the second value of an ended stream.
local function ended(s)
	return false, driver.readall(s.buffer, pool)
end

local function read_any(s)
	local data = driver.readall(s.buffer, pool)
	if data ~= "" then
		return data
	end
	if s.connected and wait(s, 0) then
		return driver.readall(s.buffer, pool)
	end
	return ended(s)
end

---Reads `size` bytes, or without a size whatever there is.
---@param id integer
---@param size? integer
---@return string|false data
---@return string? rest what was left when the stream ended
function socket.read(id, size)
	local s = assert(sockets[id])
	if size == nil then
		return read_any(s)
	end
	local data = driver.pop(s.buffer, pool, size)
	if not data and s.connected and wait(s, size) then
		data = driver.pop(s.buffer, pool, size)
	end
	if data then
		return data
	end
	return ended(s)
end

---Reads up to a separator, which is removed.
---@param id integer
---@param separator? string default newline
---@return string|false line
---@return string? rest what was left when the stream ended
function socket.readline(id, separator)
	separator = separator or "\n"
	local s = assert(sockets[id])
	local line = driver.readline(s.buffer, pool, separator)
	if not line and s.connected and wait(s, separator) then
		line = driver.readline(s.buffer, pool, separator)
	end
	if line then
		return line
	end
	return ended(s)
end

---Reads until the peer closes. False when it has closed already and left nothing.
---@param id integer
---@return string|false data
function socket.readall(id)
	local s = assert(sockets[id])
	if s.connected then
		wait(s, UNTIL_CLOSED)
		return driver.readall(s.buffer, pool)
	end
	local data = driver.readall(s.buffer, pool)
	return data ~= "" and data
end

---Waits for the next data, whatever is buffered already.
---@param id integer
---@return boolean more false when the socket has ended
function socket.block(id)
	local s = sockets[id]
	return s ~= nil and s.connected and wait(s, 0)
end

---Closes the socket of another service, or one that was never started here.
---@param id integer
function socket.close_fd(id)
	assert(sockets[id] == nil, "Use socket.close instead")
	driver.close(id)
end

-- A reader is woken by the closing too, and takes what is left before its socket is forgotten.
local function await_close(s)
	s.paused = false
	while s.connected or s.connecting do
		if s.reader then
			assert(not s.closing)
			s.closing = coroutine.running()
			skynet.wait(s.closing)
			s.closing = nil
		else
			wait(s, UNTIL_CLOSED)
		end
	end
end

---Closes a socket of this service, and returns when that has been noticed. Pending output is still sent.
---@param id integer
function socket.close(id)
	local s = sockets[id]
	if not s then
		return
	end
	driver.close(id)
	await_close(s)
	forget(s)
end

---Breaks the connection at once and discards pending output. The id stays known until `close`.
---@param id integer
function socket.shutdown(id)
	if sockets[id] then
		driver.shutdown(id)
	end
end

---Forgets a socket without touching its connection, so that another service may `start` it.
---@param id integer
function socket.abandon(id)
	onclose[id] = nil
	local s = sockets[id]
	if s then
		s.connecting = false
		s.connected = false
		wake(s)
		forget(s)
	end
end

---@param id integer
---@return boolean unknown
function socket.invalid(id)
	return sockets[id] == nil
end

---@param id integer
---@return boolean? gone nothing when the id is unknown
function socket.disconnected(id)
	local s = sockets[id]
	if s then
		return not (s.connected or s.connecting)
	end
end

---Limits what may be buffered while nobody asks for a number of bytes; beyond it the socket is closed.
---@param id integer
---@param bytes integer
function socket.limit(id, bytes)
	assert(sockets[id]).limit = bytes
end

---@param id integer
---@param callback fun(id: integer) called once, when the socket closes
function socket.onclose(id, callback)
	onclose[id] = callback
end

---@param id integer
---@param callback fun(id: integer, kib: integer) told how much waits to be sent; 0 when all is gone
function socket.warning(id, callback)
	assert(sockets[id]).on_warning = callback
end

local function know_udp(id, callback)
	sockets[id] = { id = id, connected = true, connecting = false, callback = callback }
	return id
end

---@param callback fun(datagram: string, address: string)
---@param host? string
---@param port? integer
---@return integer id
function socket.udp(callback, host, port)
	return know_udp(driver.udp(host, port), callback)
end

---@param host string
---@param port integer
---@param callback fun(datagram: string, address: string)
---@return integer id
function socket.udp_listen(host, port, callback)
	return know_udp(driver.udp_listen(host, port), callback)
end

---@param host string
---@param port integer
---@param callback fun(datagram: string, address: string)
---@return integer id
function socket.udp_dial(host, port, callback)
	return know_udp(driver.udp_dial(host, port), callback)
end

---Sets where `write` sends to.
---@param id integer
---@param host string
---@param port integer
---@param callback? fun(datagram: string, address: string) for an id that this service does not know yet
function socket.udp_connect(id, host, port, callback)
	if not sockets[id] then
		know_udp(id, callback)
	end
	driver.udp_connect(id, host, port)
end

-- These are the driver's own, and take any id.
socket.write = driver.send
socket.lwrite = driver.lsend
socket.sendto = driver.udp_send
socket.udp_address = driver.udp_address
socket.header = driver.header
socket.netstat = driver.info
socket.resolve = driver.resolve

return socket
