-- Plays the debug_agent of another tree, between our console and a service on our library.

local skynet = require "skynet"
local debugchannel = require "skynet.debugchannel"
local half = require "foreign_half"

local channel

half.serve {
	start = function(_, address, fd)
		local handle
		channel, handle = debugchannel.create()
		local ok = pcall(skynet.call, address, "debug", "REMOTEDEBUG", fd, handle)
		skynet.timeout(0, skynet.exit)
		if not ok then
			return false, "Debugger attach failed"
		end
		return true
	end,
	cmd = function(_, line) channel:write(line) end,
	ping = function() skynet.ret() return half.ANSWERED end,
}
