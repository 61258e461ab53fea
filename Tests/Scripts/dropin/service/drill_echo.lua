-- Accepts any `lua` message and returns its values; `sleep n` first sleeps, `fail` raises, `exit` leaves, `notes` returns
-- what `note` was sent. A service like those that users write.

local skynet = require "skynet"

local notes = {}
local CMD = {}

function CMD.sleep(ticks, ...)
	skynet.sleep(ticks)
	return ...
end

function CMD.fail()
	error "asked to fail"
end

function CMD.exit()
	skynet.exit()
end

function CMD.note(value)
	notes[#notes + 1] = value
	return #notes
end

function CMD.notes()
	return notes
end

function CMD.tag()
	return skynet.tracetag()
end

skynet.start(function()
	skynet.dispatch("lua", function(session, _, cmd, ...)
		local handler = CMD[cmd]
		if handler then
			if session == 0 then
				handler(...)
			else
				skynet.retpack(handler(...))
			end
		elseif session ~= 0 then
			skynet.retpack(cmd, ...)
		end
	end)
	skynet.info_func(function(...)
		return { asked = select("#", ...), first = (...) }
	end)
end)
