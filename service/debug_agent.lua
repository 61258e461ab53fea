-- Accepts `lua` messages from a console: start address fd (answered when the debugging is over), cmd line, ping.
-- It hands lines to the service being debugged by a channel, apart from all other messages; that service writes to the
-- console's connection itself.

local skynet = require "skynet"
local debugchannel = require "skynet.debugchannel"

---@type integer|string the service being debugged
local target
---@type { write: fun(self: any, line: string): boolean }?
local channel
---@type (fun(ok: boolean, ...: any): boolean)? answers `start`
local answer
local attached = false

local command = {}

--- Tells the console how it went; that ends this service, too.
local function finish(...)
	if answer then
		answer(true, ...)
	end
	skynet.exit()
end

--- Sent behind the request to attach: answered while that still waits, it has been granted.
local function notice_attachment()
	attached = pcall(skynet.call, target, "debug", "PING")
	if attached then
		skynet.error("Attach to " .. skynet.address(target))
	end
end

function command.start(service, fd)
	assert(not channel, "one agent debugs one service")
	local handle
	target, answer = service, skynet.response()
	channel, handle = debugchannel.create()
	skynet.fork(notice_attachment)
	-- Fails when the target ends meanwhile, too.
	if pcall(skynet.call, target, "debug", "REMOTEDEBUG", fd, handle) or attached then
		return finish(true)
	end
	debugchannel.release(handle)
	finish(false, "Debugger attach failed")
end

--- Hands a line to the target. One that was killed sends no last message: a failed send is what shows it.
function command.cmd(line)
	if channel then
		channel:write(line)
		if not skynet.send(target, "debug", "PING") then
			finish(true)
		end
	end
end

--- Shows that there still is somebody to debug.
function command.ping()
	skynet.ret()
end

skynet.dispatch("lua", function(_, _, name, ...)
	local handler = assert(command[name], name)
	handler(...)
end)

skynet.start(function() end)
