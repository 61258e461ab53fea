-- Accepts lua: join(fd, name) -> true, or false when the name is taken; leave(fd); say(fd, text).
-- Writes to the clients itself: any service may write to any fd.

local skynet = require "skynet"
local socket = require "skynet.socket"

local members = {} -- fd -> name
local names = {} -- name -> fd

local CMD = {}

local function broadcast(text)
	local packet = string.pack(">s2", text)
	for fd in pairs(members) do
		socket.write(fd, packet)
	end
end

function CMD.join(fd, name)
	if names[name] then
		return false
	end
	names[name] = fd
	members[fd] = name
	broadcast(name .. " joined")
	return true
end

function CMD.leave(fd)
	local name = members[fd]
	if name then
		members[fd] = nil
		names[name] = nil
		broadcast(name .. " left")
	end
end

function CMD.say(fd, text)
	local name = members[fd]
	if name then
		broadcast(name .. ": " .. text)
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
