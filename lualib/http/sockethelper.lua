-- skynet.socket for protocols that give up on the first failure: every failure is raised, as one well-known object.

local skynet = require "skynet"
local socket = require "skynet.socket"

local sockethelper = {}

-- Recognised by identity. What went wrong is told once, to whoever asks first.
local socket_error = setmetatable({}, {
	__tostring = function(self)
		local details = self.err_info
		self.err_info = nil
		return details and "[Socket Error] : " .. details or "[Socket Error]"
	end,
})
sockethelper.socket_error = socket_error

local function fail(form, ...)
	socket_error.err_info = form:format(...)
	error(socket_error)
end

local function read(fd, size)
	return socket.read(fd, size) or fail("read failed fd = %d", fd)
end

-- What was received before there was a reader comes first.
local function read_behind(fd, pre)
	return function(size)
		if not pre then
			return read(fd, size)
		end
		local first = pre
		if size == nil or #first == size then
			pre = nil
			return first
		elseif #first > size then
			pre = first:sub(size + 1)
			return first:sub(1, size)
		end
		pre = nil
		return first .. read(fd, size - #first)
	end
end

--- The sockets of the functions that read.
---@type table<function, integer>
local socket_of = setmetatable({}, { __mode = "k" })

---Reads no more of a request that is refused: closing the socket then waits until its peer has taken the answer.
---@param reader function what `readfunc` has made; others are left alone
function sockethelper.refuse(reader)
	local fd = socket_of[reader]
	if fd and socket.disconnected(fd) == false then
		socket.pause(fd)
	end
end

---A function that reads `n` bytes, or without `n` whatever there is.
---@param fd integer
---@param pre? string handed out before anything is read
---@return fun(n?: integer): string
function sockethelper.readfunc(fd, pre)
	local reader
	if pre and pre ~= "" then
		reader = read_behind(fd, pre)
	else
		reader = function(size)
			return read(fd, size)
		end
	end
	socket_of[reader] = fd
	return reader
end

---@param fd integer
---@return fun(data: string)
function sockethelper.writefunc(fd)
	return function(data)
		if not socket.write(fd, data) then
			fail("write failed fd = %d", fd)
		end
	end
end

-- An attempt that succeeds after its time is over is closed again.
local function open_within(host, port, timeout)
	local attempt = {}
	skynet.fork(function()
		local ok, fd, why = pcall(socket.open, host, port)
		if not ok then
			fd, why = nil, fd
		end
		if attempt.over then
			if fd then
				socket.close(fd)
			end
		else
			attempt.fd, attempt.why = fd, why
			skynet.wakeup(attempt)
		end
	end)
	local woken = skynet.sleep(timeout, attempt)
	attempt.over = true
	return attempt.fd, attempt.why, woken ~= "BREAK"
end

---Connects, or raises.
---@param host string
---@param port? integer
---@param timeout? integer ticks
---@return integer fd
function sockethelper.connect(host, port, timeout)
	local fd, why, late
	if timeout then
		fd, why, late = open_within(host, port, timeout)
	else
		fd, why = socket.open(host, port)
	end
	return fd or fail("connect failed host = %s port = %s timeout = %s err = %s is_time_out = %s",
		host, port, timeout, why, late or false)
end

sockethelper.readall = socket.readall
sockethelper.close = socket.close
sockethelper.shutdown = socket.shutdown

return sockethelper
