-- Accepts `lua` messages from a console: start, input, wait; and from the service being debugged: output, detached.
-- It stands between the two: its input goes to the service by a channel, apart from all other messages.

local skynet = require "skynet"
local driver = require "skynet.socketdriver"
local debugchannel = require "skynet.debugchannel"

---@type integer? the console's connection
local console
---@type integer|string the service being debugged
local target
---@type { write: fun(self: any, line: string): boolean }
local channel
local attached = false
--- What `wait` sleeps on until the session is over.
local over <const> = {}

local command = {}

local function detach()
	attached = false
	skynet.wakeup(over)
end

--- An exit of the target ends the session; the console learns of it with its next line.
local function watch_target()
	pcall(skynet.call, target, "debug", "LINK")
	detach()
end

function command.start(service, fd)
	console, target = fd, service
	local handle
	channel, handle = debugchannel.create()
	attached = pcall(skynet.call, target, "debug", "REMOTEDEBUG", skynet.self(), handle)
	if attached then
		skynet.error("Attach to " .. skynet.address(target))
		skynet.fork(watch_target)
	else
		debugchannel.release(handle)
	end
	skynet.retpack(attached)
	if not attached then
		skynet.exit()
	end
end

--- Hands a line to the target; answers whether there still is one.
function command.input(line)
	-- A target that was killed says no farewell: a message to it is what shows it.
	if attached and not skynet.send(target, "debug", "PING") then
		detach()
	end
	skynet.retpack(attached and channel:write(line))
end

--- Answered when the session is over; then this service is, too.
function command.wait()
	if attached then
		skynet.wait(over)
	end
	skynet.retpack()
	skynet.exit()
end

function command.output(text)
	driver.send(console, text)
end

function command.detached()
	detach()
end

skynet.dispatch("lua", function(_, _, name, ...)
	local handler = assert(command[name], name)
	handler(...)
end)

skynet.start(function() end)
