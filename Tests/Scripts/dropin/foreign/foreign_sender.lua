-- Plays a clustersender: it answers a request with the address and the arguments, whose memory it frees.

local skynet = require "skynet"
local half = require "foreign_half"

local pushed = {}

local function open(message, size)
	local values = table.pack(skynet.unpack(message, size))
	skynet.trash(message, size)
	return values
end

half.serve {
	req = function(_, address, message, size)
		local values = open(message, size)
		if values[1] == "pushed" then
			return pushed
		end
		return address, table.unpack(values, 1, values.n)
	end,
	push = function(_, address, message, size)
		pushed[#pushed + 1] = { address, open(message, size)[1] }
	end,
}
