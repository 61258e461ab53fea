-- Plays the clusterd of another tree. Its senders are `foreign_sender`.

local skynet = require "skynet"
local half = require "foreign_half"

local sender

half.serve {
	sender = function(_, node)
		assert(node ~= "down", "expected: no such node")
		sender = sender or skynet.newservice "foreign_sender"
		return sender
	end,
	senders = function() return { node = sender } end,
	listen = function(_, address, port) return address, port or 2526 end,
	reload = function() return nil end,
	proxy = function() return 0x99 end,
	register = function() skynet.ret() return half.ANSWERED end,
	unregister = function() skynet.ret() return half.ANSWERED end,
}
