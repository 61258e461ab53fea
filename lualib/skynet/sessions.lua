--- Session numbers after the counter came near its end: it starts again at 1, and must step over the numbers
--- some coroutine still waits for.

local require_own = select(3, ...) or require "skynet.require".own
local genid = require_own "skynet.core".genid
local waiting = require_own "skynet"._state.waiting

local LAST <const> = 0x7FFFFFFF

---A free number. With `for_timer`, it is the next one which is free: the runtime itself will take it.
---@param for_timer boolean?
---@return integer
return function(for_timer)
	local session
	repeat
		session = genid()
		local candidate = for_timer and session % LAST + 1 or session
	until waiting[candidate] == nil
	return session
end
