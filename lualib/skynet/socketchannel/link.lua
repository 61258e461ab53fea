-- One connection of a channel, and those who wait for answers on it. A channel that reconnects gets a new link;
-- whoever still holds the old one sees that it is `dead`, and leaves the new one alone.

local skynet = require "skynet"
local socket = require "skynet.socket"
local driver = require "skynet.socketdriver"

local error = error
local pcall = pcall

-- Compared by identity.
local socket_error = setmetatable({}, {
	__tostring = function()
		return "[Error: socket]"
	end,
})

local function settle(waiter, ok, result)
	waiter.ok = ok
	waiter.result = result
	skynet.wakeup(waiter)
end

local function fail_everyone(link, why)
	local waiting = link.waiting
	link.waiting = {}
	for _, waiter in pairs(waiting) do
		settle(waiter, false, why)
	end
end

local function break_link(self, link, why)
	if link.dead then
		return
	end
	link.dead = true
	if self.link == link then
		self.link = nil
	end
	fail_everyone(link, why)
	-- The loop of order mode may be idle.
	skynet.wakeup(link)
	socket.close(link.fd)
end

local function lose_link(self, link, why)
	if link.dead then
		return
	end
	if why == socket_error then
		skynet.error("socket closed by peer :", link.host, link.port)
	else
		skynet.error("socket:", why)
	end
	break_link(self, link, why)
end

-- Answers in several parts come as a list.
local function collect(waiter, data, more)
	if more then
		waiter.parts = waiter.parts or {}
	end
	local parts = waiter.parts
	if parts then
		parts[#parts + 1] = data
	end
	return parts or data
end

local function read_by_session(self, link)
	local respond = self.respond
	while not link.dead do
		local fine, session, ok, data, more = pcall(respond, link.sock)
		if not fine or not session then
			lose_link(self, link, fine and socket_error or session)
			return
		end
		local waiter = link.waiting[session]
		if not waiter then
			skynet.error("socket: unknown session :", session)
		else
			local result = ok and collect(waiter, data, more) or data
			if not (ok and more) then
				link.waiting[session] = nil
				settle(waiter, ok, result)
			end
		end
	end
end

local function next_in_order(link)
	while not link.dead do
		local waiter = link.waiting[link.first]
		if waiter then
			return waiter
		end
		link.idle = true
		skynet.wait(link)
		link.idle = false
	end
end

local function read_answer(link, waiter)
	while true do
		local ok, data, more = waiter.read(link.sock)
		local result = ok and collect(waiter, data, more) or data
		if not (ok and more) then
			return ok, result
		end
	end
end

local function read_in_order(self, link)
	for waiter in next_in_order, link do
		local fine, ok, result = pcall(read_answer, link, waiter)
		if link.dead then
			return
		end
		if not fine then
			-- Nobody knows where the next answer begins.
			lose_link(self, link, ok)
			return
		end
		link.waiting[link.first] = nil
		link.first = link.first + 1
		settle(waiter, ok, result)
	end
end

local function enlist(self, link, response)
	local waiter = {}
	if self.respond then
		link.waiting[response] = waiter
	else
		waiter.read = response
		link.waiting[link.last] = waiter
		link.last = link.last + 1
		skynet.wakeup(link)
	end
	return waiter
end

local function await_answer(self, link, response)
	local waiter = enlist(self, link, response)
	skynet.wait(waiter)
	if not waiter.ok then
		error(waiter.result, 0)
	end
	return waiter.result
end

local function watch_load(self, fd)
	local notify = self.overload
	if not notify then
		return
	end
	if self.overloaded then
		self.overloaded = false
		notify(false)
	end
	socket.warning(fd, function(id, kib)
		local overloaded = kib > 0
		if overloaded ~= self.overloaded then
			self.overloaded = overloaded
			notify(overloaded)
		else
			skynet.error(("WARNING: %d K bytes need to send out (fd = %d)"):format(kib, id))
		end
	end)
end

local function make_link(self, fd, host, port)
	local link = {
		fd = fd,
		host = host,
		port = port,
		sock = setmetatable({ fd }, self.sock_meta),
		waiting = {},
		first = 1,
		last = 1,
	}
	if self.nodelay then
		driver.nodelay(fd)
	end
	watch_load(self, fd)
	-- A loop that is reading takes what has arrived before the end, and notices by itself.
	socket.onclose(fd, function()
		if link.idle then
			lose_link(self, link, socket_error)
		end
	end)
	skynet.fork(self.respond and read_by_session or read_in_order, self, link)
	return link
end

return {
	socket_error = socket_error,
	make = make_link,
	await = await_answer,
	break_off = break_link,
	settle = settle,
}
