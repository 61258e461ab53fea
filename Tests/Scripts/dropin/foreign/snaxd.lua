-- Plays the snaxd of another tree: it answers `snax` messages with what it was sent.

local skynet = require "skynet"

local name = ...
local posted

skynet.register_protocol { name = "snax", id = 11, pack = skynet.pack, unpack = skynet.unpack }

local SYSTEM = {
	[1] = function() skynet.ret() end,
	[2] = function()
		skynet.ret()
		skynet.exit()
	end,
	[3] = function(source, ...)
		if source == "bad" then
			skynet.retpack(false, "expected: the patch is bad")
		else
			skynet.retpack(true, source, ...)
		end
	end,
	[4] = function() skynet.retpack { [name] = { count = 1, time = 0.5 } } end,
}

skynet.start(function()
	skynet.dispatch("snax", function(session, _, id, ...)
		if SYSTEM[id] then
			SYSTEM[id](...)
		elseif session == 0 then
			posted = table.pack(id, ...)
		else
			skynet.retpack(id, posted)
		end
	end)
end)
