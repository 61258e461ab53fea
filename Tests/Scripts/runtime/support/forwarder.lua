-- Accepts `lua` messages and passes them on, packed as they are, to the address given as second argument.
-- The first argument says by which means: forward (skynet.forward_type) or filter (skynet.filter).

local skynet = require "skynet"
require "skynet.manager"
local means, target = ...
target = math.tointeger(target)

local FORWARDED <const> = 160

skynet.register_protocol {
	name = "forwarded",
	id = FORWARDED,
	unpack = function(ptr, size)
		return ptr, size
	end,
	dispatch = function(session, source, ptr, size)
		skynet.ignoreret()
		skynet.redirect(target, source, "lua", session, means == "forward" and ptr or skynet.tostring(ptr, size), size)
	end,
}

local function as_forwarded(kind, ...)
	return kind == skynet.PTYPE_LUA and FORWARDED or kind, ...
end

if means == "forward" then
	skynet.forward_type({ [skynet.PTYPE_LUA] = FORWARDED }, function() end)
else
	skynet.filter(as_forwarded, function() end)
end
