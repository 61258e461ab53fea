-- A connection that is there when it is needed: requests from many coroutines share one socket, which is opened,
-- authenticated and, after a loss, opened again behind their backs.
--
-- In order mode (no `response` in the description) every request brings the function that reads its answer, and
-- those run strictly in turn. In session mode one loop reads answers, and a session says whose each one is.

local skynet = require "skynet"
local socket = require "skynet.socket"
local links = require "skynet.socketchannel.link"

local assert = assert
local error = error
local pcall = pcall

local socket_error = links.socket_error
local break_link = links.break_off
local await_answer = links.await
local settle = links.settle

---@class skynet.socketchannel.desc
---@field host string may be `"ip:port"`
---@field port? integer
---@field backup? (string|{host: string, port: integer?})[] tried in order when connecting fails
---@field auth? fun(channel: skynet.socketchannel.channel) runs after each connect; raising refuses the address
---@field response? fun(sock: table): any, boolean, any, boolean? session, ok, data, padding; means session mode
---@field nodelay? boolean
---@field overload? fun(overloaded: boolean)
---@field socket_read? function
---@field socket_readline? function

---@class skynet.socketchannel.channel
local channel = {}
channel.__index = channel

-- The coroutine that authenticates, and nobody else, may already use the link.
local function authenticate(self, link)
	if not self.auth then
		return true
	end
	self.candidate = link
	self.authenticator = coroutine.running()
	local ok, why = pcall(self.auth, self)
	self.candidate = nil
	self.authenticator = nil
	if not ok then
		skynet.error("socket: auth failed", why)
		break_link(self, link, socket_error)
	end
	return ok
end

-- The addresses of one attempt: the first one, then the backups, each once.
local function addresses(self)
	local list = { { host = self.host, port = self.port } }
	local seen = {}
	for _, backup in ipairs(self.backup or {}) do
		local host, port = backup, self.port
		if type(backup) == "table" then
			host, port = backup.host, backup.port or self.port
		end
		local key = host .. " " .. tostring(port)
		if not seen[key] then
			seen[key] = true
			list[#list + 1] = { host = host, port = port, backup = true }
		end
	end
	return list
end

local function attempt(self)
	local why
	for _, address in ipairs(addresses(self)) do
		local host, port = address.host, address.port
		if address.backup then
			skynet.error("socket: connect to backup host", host, port)
		end
		local fd, failure = socket.open(host, port)
		if fd and self.closed then
			socket.close(fd)
			return false, "channel_closed"
		elseif fd then
			local link = links.make(self, fd, host, port)
			why = "no more backup host"
			if authenticate(self, link) then
				if link.dead and not self.closed then
					-- The authentication has found a better host and changed to it.
					return attempt(self)
				end
				self.link = not link.dead and link or nil
				return self.link ~= nil, "channel_closed"
			end
		else
			why = failure
		end
	end
	return false, why
end

local function attempt_until_connected(self)
	local pause = 0
	while not self.closed do
		local ok, why = attempt(self)
		if ok then
			skynet.error("socket: connect to", self.link.host, self.link.port)
			return true
		end
		skynet.error("socket: connect", why)
		if pause > 1000 then
			skynet.error("socket: try to reconnect", self.host, self.port)
			skynet.sleep(pause)
			pause = 0
		else
			skynet.sleep(pause)
		end
		pause = pause + 100
	end
	return false, "channel_closed"
end

-- Those who come while somebody is connecting wait for that attempt, and share what becomes of it.
local function connect_together(self, connect)
	if self.connecting then
		local waiter = {}
		table.insert(self.connecting, waiter)
		skynet.wait(waiter)
		return waiter.ok, waiter.result
	end
	self.connecting = {}
	local fine, ok, why = pcall(connect, self)
	if not fine then
		ok, why = false, ok
	end
	local others = self.connecting
	self.connecting = nil
	for _, waiter in ipairs(others) do
		settle(waiter, ok, why)
	end
	return ok, why
end

local function usable_link(self)
	if self.authenticator and self.authenticator == coroutine.running() then
		return self.candidate
	end
	local link = self.link
	if link and socket.disconnected(link.fd) ~= false then
		skynet.error("socket: disconnect detected", link.host, link.port)
		break_link(self, link, socket_error)
		link = nil
	end
	return link
end

local function connect_once(self)
	local ok, why = connect_together(self, attempt)
	if not ok then
		skynet.error("Connect failed", why, self.host, self.port)
		error(socket_error)
	end
end

local function demand_link(self)
	local link = usable_link(self)
	if not link then
		assert(not self.closed)
		connect_once(self)
		link = self.link
	end
	if not link or link.dead then
		error(socket_error)
	end
	return link
end

---Connects, once or for as long as it takes. Re-opens a closed channel.
---@param once? boolean
---@return boolean connected
function channel:connect(once)
	self.closed = false
	if usable_link(self) then
		return true
	end
	if once then
		connect_once(self)
	elseif not connect_together(self, attempt_until_connected) then
		error(socket_error)
	end
	return true
end

local function write(fd, data, padding)
	if not padding then
		return socket.write(fd, data)
	end
	-- Large requests go behind the small ones, part by part.
	local ok = socket.lwrite(fd, data)
	for _, part in ipairs(padding) do
		ok = ok and socket.lwrite(fd, part)
	end
	return ok
end

---Sends, and with `response` waits for the answer.
---@param data string|string[]
---@param response? any order mode: `fun(sock) -> ok, result[, padding]`; session mode: the session
---@param padding? string[] further parts; everything then goes out with low priority
---@return any result
function channel:request(data, response, padding)
	local link = demand_link(self)
	if not write(link.fd, data, padding) then
		break_link(self, link, socket_error)
		error(socket_error)
	end
	if response ~= nil then
		return await_answer(self, link, response)
	end
end

---Waits for an answer without asking.
---@param response any as for `request`
---@return any result
function channel:response(response)
	return await_answer(self, demand_link(self), response)
end

local function drop_links(self, why)
	if self.candidate then
		break_link(self, self.candidate, why)
	end
	if self.link then
		break_link(self, self.link, why)
	end
end

---Closes the channel until the next `connect`. Requests that wait are failed.
function channel:close()
	if not self.closed then
		self.closed = true
		drop_links(self, "channel_closed")
	end
end

---Changes the address and drops the connection; the next request opens the new one.
---@param host string
---@param port? integer
function channel:changehost(host, port)
	local carries_port = host:find "^[^:]+:%d+$" or host:find "^%[.*%]:%d+$"
	self.host = host
	if port or carries_port then
		self.port = port
	end
	if not self.closed then
		drop_links(self, socket_error)
	end
end

---@param backup? (string|{host: string, port: integer?})[]
function channel:changebackup(backup)
	self.backup = backup
end

-- A finalizer cannot wait for the socket to close, so it lets go of it first.
function channel:__gc()
	local link = self.link
	if link and not socket.invalid(link.fd) then
		socket.abandon(link.fd)
		socket.close_fd(link.fd)
	end
end

local function or_raise(read)
	return function(sock, ...)
		return read(sock[1], ...) or error(socket_error)
	end
end

local read, readline = or_raise(socket.read), or_raise(socket.readline)

local socketchannel = {
	error = socket_error,
}

---@param desc skynet.socketchannel.desc
---@return skynet.socketchannel.channel
function socketchannel.channel(desc)
	return setmetatable({
		host = assert(desc.host),
		port = desc.port,
		backup = desc.backup,
		auth = desc.auth,
		respond = desc.response,
		nodelay = desc.nodelay,
		overload = desc.overload,
		overloaded = false,
		closed = false,
		sock_meta = { __index = { read = desc.socket_read or read, readline = desc.socket_readline or readline } },
	}, channel)
end

return socketchannel
