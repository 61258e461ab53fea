-- Accepts lua and snax messages of any content, and passes them on to a service of another node: a call as a call,
-- a send as a push. The bytes are never unpacked here.

local skynet = require "skynet"
require "skynet.manager"

local node, address = ...
address = tonumber(address) or address

-- Both kinds come in as `system`. In forward mode the body is not freed for us; whoever gets it next frees it.
-- The replies are in the map because they too are handed on as they are.
local map = {
	[skynet.PTYPE_LUA] = skynet.PTYPE_SYSTEM,
	[skynet.PTYPE_SNAX] = skynet.PTYPE_SYSTEM,
	[skynet.PTYPE_RESPONSE] = skynet.PTYPE_RESPONSE,
}

skynet.register_protocol {
	name = "system",
	id = skynet.PTYPE_SYSTEM,
	unpack = function(...)
		return ...
	end,
}

skynet.forward_type(map, function()
	local clusterd = skynet.uniqueservice "clusterd"
	local sender = skynet.call(clusterd, "lua", "sender", node)
	skynet.dispatch("system", function(session, _, msg, size)
		if session == 0 then
			skynet.send(sender, "lua", "push", address, msg, size)
		else
			skynet.ret(skynet.rawcall(sender, "lua", skynet.pack("req", address, msg, size)))
		end
	end)
end)
