--- A framework coroutine yielded something else than the scheduler's own word.

local state = require "skynet.require".standard "skynet.state"

local function forget(co)
	state.session_of[co], state.source_of[co] = nil, nil
	coroutine.close(co)
end

---@param co thread
---@param mark any  the first value it yielded
return function(co, mark)
	if mark == "QUIT" then
		forget(co)
	elseif mark == "USER" then
		state.complain(debug.traceback(co, "Call skynet.coroutine.yield out of skynet.coroutine.resume"))
	else
		state.complain(debug.traceback(co, "Unknown command : " .. tostring(mark)))
	end
end
